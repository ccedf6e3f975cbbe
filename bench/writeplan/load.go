package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
)

// The work: release-12, 4 stages of (2 actions at once, then 1), no-op actions whose 64-byte outputs are chained.
const (
	stages   = 4
	perStage = 3
	actions  = stages * perStage
	start    = -1 // the report that asks for an execution's start
)

type output [sha256.Size * 2]byte

// execution is one release in flight. Only the loop touches it.
type execution struct {
	id       uint64
	slot     int // 0 … in flight - 1: its pipeline, where each has its own
	stage    int
	parallel int // the stage's two parallel actions still running
	last     output

	reports []report // what came in for it this round
	settled phase    // what follows from them
}

// phase is what an execution does once the round is durable.
type phase int

const (
	waiting  phase = iota // for its other parallel action
	joined                // the stage's last action starts
	entered               // the next stage's parallel actions start
	finished              // nothing; another execution may take its place
)

type report struct {
	x      *execution
	stage  int
	action int // start, or 0 … 2 within the stage
	output output
}

// sink makes a round durable: the reports, and what the plan writes for the executions that they touch.
type sink interface {
	// starts tells whether an execution's start is a report of its own.
	starts() bool
	write(ctx context.Context, round []report, touched []*execution) error
}

// load is a closed loop with group commit: whatever waits when a commit ends goes into the next one.
type load struct {
	sink     sink
	inFlight int
	more     func() bool // whether another execution may start

	inbox               chan report
	started             uint64
	live                int
	executions, commits int // done
}

func (l *load) run(ctx context.Context) error {
	l.inbox = make(chan report, 2*l.inFlight)
	for slot := range l.inFlight {
		l.next(slot)
	}
	var round []report
	var touched []*execution
	for l.live > 0 {
		round = l.drain(round[:0])
		touched = l.apply(round, touched[:0])
		if err := l.sink.write(ctx, round, touched); err != nil {
			return err
		}
		l.commits++
		for _, x := range touched {
			x.reports = x.reports[:0]
			l.dispatch(x)
		}
	}
	return nil
}

func (l *load) drain(round []report) []report {
	round = append(round, <-l.inbox)
	for {
		select {
		case r := <-l.inbox:
			round = append(round, r)
		default:
			return round
		}
	}
}

func (l *load) apply(round []report, touched []*execution) []*execution {
	for _, r := range round {
		x := r.x
		if len(x.reports) == 0 {
			touched = append(touched, x)
		}
		x.reports = append(x.reports, r)
		x.settled = x.apply(r)
	}
	return touched
}

func (x *execution) apply(r report) phase {
	x.last = r.output
	switch {
	case r.action == start:
		return entered
	case r.action < perStage-1:
		if x.parallel--; x.parallel > 0 {
			return waiting
		}
		return joined
	}
	if x.stage++; x.stage < stages {
		return entered
	}
	return finished
}

func (l *load) dispatch(x *execution) {
	switch x.settled {
	case waiting:
	case joined:
		go l.act(report{x: x, stage: x.stage, action: perStage - 1}, x.last)
	case entered:
		x.parallel = perStage - 1
		for action := range perStage - 1 {
			go l.act(report{x: x, stage: x.stage, action: action}, x.last)
		}
	case finished:
		l.live--
		l.executions++
		l.next(x.slot)
	}
}

func (l *load) next(slot int) {
	if !l.more() {
		return
	}
	l.live++
	l.started++
	x := &execution{id: l.started, slot: slot, settled: entered}
	if l.sink.starts() {
		go func() { l.inbox <- report{x: x, action: start} }()
		return
	}
	l.dispatch(x)
}

func (l *load) act(r report, input output) {
	sum := sha256.Sum256(append(input[:], byte(r.action)))
	hex.Encode(r.output[:], sum[:])
	l.inbox <- r
}
