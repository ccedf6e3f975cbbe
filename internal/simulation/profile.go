package simulation

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
)

// profile is how mad a history is. Each has a mixture of its own: some faults are left out, others come often.
type profile struct {
	steps     int
	replicas  int
	pipelines int
	exclusive bool // one replica at a time, which knows that
	snapshots int  // events after which a replica writes a snapshot
	most      int  // live executions that operators ask for
	skewed    bool // clocks lie
	far       bool // by up to an hour, and hours pass
	weights   [choices]int
	total     int
	orders    [kinds]int // of kinds of commands, as orders lists them
	ordered   int

	limits machine.Limits
	tight  bool // the store takes small commits only

	lost, ambiguous, duplicate, late float64 // of commits
	loadLost, loadLate               float64 // of loads
	elsewhere                        float64 // reports that reach another replica
	zombie                           float64 // of crashes: the work goes on
	ignored                          float64 // of cancels
	failing, pending, large          float64 // of outcomes
	stuck                            float64 // runs that never end
	forgetful, wrong                 float64 // of job workers: they leave, or answer twice; they name a job wrongly
	diligence                        float64 // of renewing a lease in time
}

func newProfile(r *rand.Rand) (p profile) {
	some := func(odds, most float64) float64 {
		if r.Float64() > odds {
			return 0
		}
		return most * r.Float64()
	}
	p.steps = min(2400, 260+int(-190*math.Log(1-r.Float64())))
	p.replicas, p.pipelines, p.most = 3, 1, 2+r.IntN(8)
	if r.IntN(8) == 0 {
		p.pipelines = 2
	}
	if r.IntN(12) == 0 {
		p.replicas, p.exclusive = 1, true
	}
	p.snapshots = []int{1, 4, 20, 64}[r.IntN(4)]
	p.limits = machine.Limits{Executions: 50, ParallelActions: 5, LostWorkers: 3, AbandonGrace: 30 * time.Second, JobVisibility: time.Minute}
	if r.IntN(2) == 0 {
		p.limits = machine.Limits{Executions: 2 + r.IntN(6), ParallelActions: 1 + r.IntN(4), LostWorkers: 1 + r.IntN(2), AbandonGrace: 10 * time.Second, JobVisibility: 5 * time.Second}
	}
	p.limits.DisabledWait = 30 * 24 * time.Hour
	if r.IntN(2) == 0 {
		p.limits.DisabledWait = time.Duration(1+r.IntN(5)) * time.Minute
	}
	p.skewed = r.IntN(3) == 0
	p.far = r.IntN(4) == 0
	p.lost, p.ambiguous, p.duplicate, p.late = some(0.5, 0.2), some(0.6, 0.3), some(0.5, 0.2), some(0.5, 0.3)
	p.tight = r.IntN(8) == 0
	if p.tight {
		p.large = 0.1 + 0.5*r.Float64()
	}
	p.loadLost, p.loadLate = some(0.3, 0.2), some(0.7, 0.6)
	p.elsewhere, p.zombie, p.ignored = some(0.5, 0.4), some(0.7, 0.9), some(0.7, 0.7)
	p.failing, p.pending, p.stuck = some(0.9, 0.5), some(0.7, 0.3), some(0.2, 0.2)
	p.forgetful, p.wrong = some(0.7, 0.6), some(0.5, 0.2)
	p.diligence = 1 - r.Float64()*r.Float64()
	p.weights = [choices]int{
		pump: 10 + r.IntN(40), step: 5 + r.IntN(30), commit: 10 + r.IntN(30), answer: 8, load: 10 + r.IntN(20),
		order: 4 + r.IntN(20), end: 6 + r.IntN(20), report: 6 + r.IntN(20), renew: 1 + r.IntN(5), poll: 2 + r.IntN(10), advance: 3 + r.IntN(10),
		start: 8, resume: 2 + r.IntN(6), cancel: 5, pollJob: 8 + r.IntN(20), labour: 15 + r.IntN(40),
	}
	for _, c := range []choice{repeat, progress, again, crash, pause, clock, serve, drive, evict} {
		if r.IntN(2) == 0 {
			p.weights[c] = 1 + r.IntN(3)
		}
	}
	p.weights[repeat] *= 3
	if p.tight { // mailboxes with a bit of everything
		p.weights[repeat] += 10
		p.weights[pump] /= 2
	}
	if !p.skewed {
		p.weights[clock] = 0
	}
	p.orders = [kinds]int{
		20 + r.IntN(30), r.IntN(15), 10 + r.IntN(20), r.IntN(25), r.IntN(30), r.IntN(9), r.IntN(6), r.IntN(20), r.IntN(20), r.IntN(10), r.IntN(3),
	}
	if r.IntN(6) == 0 {
		p.orders[5] += 15
	}
	for _, weight := range p.weights {
		p.total += weight
	}
	for _, weight := range p.orders {
		p.ordered += weight
	}
	return p
}

// leap is how far time goes on at once.
func (p *profile) leap(r *rand.Rand) time.Duration {
	switch dice := r.IntN(20); {
	case dice < 11:
		return time.Duration(r.IntN(3000)) * time.Millisecond
	case dice < 16:
		return time.Duration(r.IntN(12)) * time.Second
	case dice < 19 || !p.far:
		return time.Duration(r.IntN(90)) * time.Second
	default:
		return time.Duration(r.IntN(180)) * time.Minute
	}
}
