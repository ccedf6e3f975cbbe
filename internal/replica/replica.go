package replica

import (
	"container/heap"
	"slices"
	"time"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Options of a replica.
type Options struct {
	// Name of the replica's lease: unique for every start of a process. Claims carry it.
	Name string
	// Lane of the store's feed, from the lease.
	Lane int
	// Drive: claim, run timers and take streams over. Without it the replica only operates: it commits commands and leaves the rest
	// to a replica that drives.
	Drive bool
	// Exclusive: nobody else has the store open, so every other owner is gone.
	Exclusive bool
	// SnapshotAfter is how many events a stream's tail may hold before a snapshot is written. Default 1024.
	SnapshotAfter int
	// Limits of what executions may do.
	Limits machine.Limits
	// Zones finds a time zone by its name, for deployment windows. nil knows UTC only.
	Zones func(name string) (*time.Location, error)
	// Plans of a stream that somebody else has compiled, for a pump with many replicas in one process. nil: each compiles its own.
	Plans func(stream string) machine.Plans
}

// Replica holds the streams that this process works on. It is not safe for concurrent use: one pump owns it.
type Replica struct {
	options  Options
	served   map[string]Served
	streams  map[string]*stream
	dirty    []*stream // have something to do, in the order in which it came up
	starving []*stream // have ready work that found no free slot
	timers   timers
	dead     map[string]store.Lease // leases known to have ended
	now      time.Time
	free     []int
	claimed  []int // slots by pool that commits under way claim
	seed     machine.Seed
	drawn    uint32
	scratch  []byte // for encoding
}

// Served says how an action type is run here.
type Served struct {
	Pool           int // which count of free slots it draws from
	Outlive, Rerun bool

	Job   bool   // by job workers, who poll: nothing is claimed here
	Query string // Job: the configuration key that they poll by; empty: they poll for all
}

// Input is a command or a report for a stream.
type Input struct {
	Stream  string
	Input   machine.Input
	Seed    machine.Seed
	Command *Command // nil: a report or an order of the engine itself
	Tag     any      // handed back in the Ack; nil: no acknowledgement wanted

	checked bool // the stream was loaded after it came in
}

// Command is what is kept of a command beside its effect.
type Command struct {
	ID      string // the same ID never acts twice; empty: not remembered
	Actor   string
	Verb    string
	Request []byte // JSON, for the audit
}

// Ack answers an input.
type Ack struct {
	Tag   any
	Reply machine.Reply
	Err   error
}

// Round is what a step is given.
type Round struct {
	Now  time.Time
	Seed machine.Seed
	Free []int // free slots by pool
}

// Work is what a step asks the pump for. Batches are to be committed in one call and handed to Settled with the errors.
type Work struct {
	Batches []store.Batch
	Loads   []Load
	Acks    []Ack // refusals, which no commit has to carry
}

// Load asks for a stream and then for records, in this order: a record that is newer than the stream is found out when what was decided commits.
type Load struct {
	Stream string
	Refs   []store.Ref
}

// Effects may happen now: what they follow from is durable.
type Effects struct {
	Acks      []Ack
	Dispatch  []Dispatch
	Cancel    []Cancel
	Published []Published
}

// Dispatch asks for a claimed run to be executed here, or attached to.
type Dispatch struct {
	Stream string
	Task   *executor.Task
	Ref    machine.Ref

	Outlive bool // the work goes on when this process ends
}

// Cancel asks for work to be ended. When it is known to be gone, a machine.Gone is to be offered.
type Cancel struct {
	Stream string
	Type   string
	Work   executor.Ref
	Ref    machine.Ref
}

// Published are events that have become durable, in order, with the records that were put with them.
type Published struct {
	Stream  string
	First   uint64 // version of the first event
	Events  []machine.Event
	Records []store.Record
}

// New makes a replica with nothing in memory.
func New(options Options) *Replica {
	if options.SnapshotAfter == 0 {
		options.SnapshotAfter = 1024
	}
	return &Replica{options: options, streams: map[string]*stream{}, dead: map[string]store.Lease{}}
}

// Serve says which action types run here from now on.
func (r *Replica) Serve(types map[string]Served) {
	r.served = types
	for _, name := range r.names() {
		r.touch(r.streams[name])
	}
}

// Rename gives the replica another lease: a new Run, or the last lease has ended and what it claimed may have been taken over.
func (r *Replica) Rename(name string, lane int) {
	r.dead[r.options.Name] = store.Lease{Name: r.options.Name}
	r.options.Name, r.options.Lane = name, lane
	for _, name := range r.names() {
		s := r.streams[name]
		s.stale, s.due = true, true
		r.touch(s)
	}
}

// Drive starts or stops driving: claims, timers, take-overs.
func (r *Replica) Drive(on bool) {
	r.options.Drive = on
	r.Serve(r.served)
}

// Offer puts an input into its stream's mailbox.
func (r *Replica) Offer(in Input) {
	s := r.stream(in.Stream)
	s.inbox = append(s.inbox, in)
	r.touch(s)
}

// Busy reports whether a step would find something to do.
func (r *Replica) Busy() bool { return len(r.dirty) > 0 }

// Wake is when a step is due though nothing was offered; zero: never.
func (r *Replica) Wake() time.Time {
	if len(r.timers) == 0 {
		return time.Time{}
	}
	return r.timers[0].at
}

// Due takes what the store says is due: streams whose time has come, or whose owner is gone.
func (r *Replica) Due(due store.Due) {
	if !r.options.Drive {
		return
	}
	for _, lease := range due.Ended {
		r.dead[lease.Name] = lease
	}
	for _, name := range due.Streams {
		s := r.stream(name)
		s.stale, s.look, s.due = true, true, true
		r.touch(s)
	}
}

// Evict drops the memory of streams at rest that were last used before a time.
func (r *Replica) Evict(before time.Time) {
	for name, s := range r.streams {
		if s.idle() && s.used.Before(before) {
			delete(r.streams, name)
		}
	}
}

// Driving reports whether the replica drives the stream and has the execution in memory, in progress.
func (r *Replica) Driving(stream string, execution machine.ID) bool {
	s := r.streams[stream]
	if s == nil || s.state == nil || s.owner != r.options.Name {
		return false
	}
	x := s.state.Execution(execution)
	return x != nil && x.Live()
}

// Streams counts the streams in memory.
func (r *Replica) Streams() int { return len(r.streams) }

func (r *Replica) names() []string {
	names := make([]string, 0, len(r.streams))
	for name := range r.streams {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *Replica) stream(name string) *stream {
	s := r.streams[name]
	if s == nil {
		s = &stream{name: name, work: map[uint64]*work{}}
		r.streams[name] = s
	}
	return s
}

func (r *Replica) touch(s *stream) {
	if !s.dirty {
		s.dirty = true
		r.dirty = append(r.dirty, s)
	}
}

// draw makes the next seed of this round.
func (r *Replica) draw() machine.Seed {
	r.drawn++
	return r.seed.Derive(r.drawn)
}

// timers are the streams by the time at which they want to be looked at. Entries that no longer hold are skipped when they come up.
type timers []timer

type timer struct {
	at     time.Time
	stream string
}

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }

// Pop takes the last entry, as container/heap asks.
func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	*t = (*t)[:last]
	return x
}

// schedule makes sure that the stream is looked at by a time.
func (r *Replica) schedule(s *stream, at time.Time) {
	if at.IsZero() || (!s.timer.IsZero() && !at.Before(s.timer)) {
		return
	}
	s.timer = at
	heap.Push(&r.timers, timer{at: at, stream: s.name})
}

// ring touches the streams whose time has come.
func (r *Replica) ring() {
	for len(r.timers) > 0 && !r.timers[0].at.After(r.now) {
		t := heap.Pop(&r.timers).(timer)
		s := r.streams[t.stream]
		if s == nil || !s.timer.Equal(t.at) {
			continue
		}
		s.timer, s.look = time.Time{}, true
		r.touch(s)
	}
}
