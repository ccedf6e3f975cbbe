package machine

import (
	"time"

	"github.com/penstock-dev/penstock/store"
)

// Input is a command, a report of a run, or time.
type Input interface {
	decide(d *decision) error
}

// Env is what an input may not invent: time and chance.
type Env struct {
	Now    time.Time // the store's; the machine never lets it go back within a stream
	Seed   Seed      // drawn once an input
	Limits Limits
	Zones  func(name string) (*time.Location, error) // finds a time zone; nil knows UTC only

	Records map[store.Ref]*store.Record // what Needs has named; nil where there is none
}

// Limits are the bounds that decisions keep. Zero values are the service's.
type Limits struct {
	Executions      int           // live executions of a QUEUED or PARALLEL pipeline; 50
	SourceRevisions int           // revisions that a start may name; 50
	ParallelActions int           // actions at once in one execution of a PARALLEL pipeline; 5
	OutputVariables int           // bytes of one action's output variables; 122880
	ResolvedConfig  int           // bytes of one action's resolved configuration; 102400
	LostWorkers     int           // times that one try starts anew after its worker was lost; 3
	DisabledWait    time.Duration // how long an execution waits at a disabled transition; 30 days
	AbandonGrace    time.Duration // how long abandoned work keeps the lock when nobody knows its end; 30 s
	JobVisibility   time.Duration // how long a job that was handed out may stay unacknowledged; 1 min
}

func (l Limits) withDefaults() Limits {
	orInt := func(v *int, fallback int) {
		if *v == 0 {
			*v = fallback
		}
	}
	orInt(&l.Executions, 50)
	orInt(&l.SourceRevisions, 50)
	orInt(&l.ParallelActions, 5)
	orInt(&l.OutputVariables, 122880)
	orInt(&l.ResolvedConfig, 102400)
	orInt(&l.LostWorkers, 3)
	if l.DisabledWait == 0 {
		l.DisabledWait = 30 * 24 * time.Hour
	}
	if l.AbandonGrace == 0 {
		l.AbandonGrace = 30 * time.Second
	}
	if l.JobVisibility == 0 {
		l.JobVisibility = time.Minute
	}
	return l
}

// Decision is what an input led to. Its lists are good until the next one is decided.
type Decision struct {
	Events  []Event
	Records []store.Record // what left the state for the read model
	Gone    []store.Ref    // records of what lives again
	Reply   Reply
}

// Reply answers a command. It is stored with the command's ID, so that a retry gets the first answer.
type Reply struct {
	Execution ID        `wire:"1"` // started, stopped, retried
	Version   int       `wire:"2"` // of the definition
	At        time.Time `wire:"3"`
	Unchanged bool      `wire:"4"`  // the definition equals the stored one, or the revision the last announced
	New       bool      `wire:"20"` // the revision was not the last announced
	Nonce     uint64    `wire:"10"` // of a job that was taken
}

// Decide answers what the input leads to and advances the state by exactly those events. A refusal is an *Error and changes nothing.
func (s *State) Decide(in Input, env Env) (Decision, error) {
	now := env.Now.UTC().Truncate(time.Microsecond)
	if now.Before(s.Now) {
		now = s.Now
	}
	d := &s.scratch
	*d = decision{State: s, now: now, seed: env.Seed, limits: env.Limits.withDefaults(), records: env.Records, zones: env.Zones, out: Decision{Events: d.out.Events[:0], Records: d.out.Records[:0]}}
	if _, release := in.(*Release); s.Quarantine != nil && !release {
		return Decision{}, refuse(CodeQuarantined, "pipeline "+s.Name+" is quarantined: "+s.Quarantine.Reason, "look into the cause, then release the pipeline")
	}
	if err := in.decide(d); err != nil {
		return Decision{}, err
	}
	d.out.Reply.At = now
	return d.out, nil
}

// Needs names the records that an input's decision must see. They must be read after the state, or later: such a record changes with a
// commit of the stream only, so a decision on a state that is older than the record cannot be committed.
func (s *State) Needs(in Input) []store.Ref {
	switch in := in.(type) {
	case *RollBack:
		return s.recalls(in.Target)
	case *Retry:
		return s.recalls(in.Execution)
	case *Override:
		return s.recalls(in.Execution)
	}
	return nil
}

// decision is one input being decided.
type decision struct {
	*State
	now    time.Time
	seed   Seed
	drawn  int
	one    bool // of what is due, only the first thing happens
	limits Limits
	zones  func(name string) (*time.Location, error)
	out    Decision

	records map[store.Ref]*store.Record
}

// emit applies an event and keeps it for the commit. All refusals come before the first one.
func (d *decision) emit(e Event) {
	d.Apply(e)
	d.out.Events = append(d.out.Events, e)
}

// id draws the next ID.
func (d *decision) id() ID {
	d.drawn++
	return d.seed.id(d.Seq+1, d.drawn)
}

// in is a time to come, as exact as it is stored.
func (d *decision) in(wait time.Duration) time.Time {
	return d.now.Add(max(wait, 0)).Truncate(time.Microsecond)
}

// exists reports whether there is such a pipeline.
func (s *State) exists() bool { return s.Version > 0 && !s.Deleted }

func (d *decision) defined() error {
	if !d.exists() {
		return refuse(CodePipelineNotFound, "there is no pipeline "+d.Name, "apply its definition first")
	}
	return nil
}

// stage finds a stage of the newest definition.
func (d *decision) stage(name string) (*Stage, error) {
	if err := d.defined(); err != nil {
		return nil, err
	}
	if d.Plan().Index(name) < 0 {
		return nil, refuse(CodeStageNotFound, "pipeline "+d.Name+" has no stage "+name, "")
	}
	return d.StageNamed(name), nil
}
