package replica

import (
	"slices"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// pipelinePrefix begins the names of pipelines' streams.
const pipelinePrefix = "pipeline/"

// PipelineStream names a pipeline's stream.
func PipelineStream(pipeline string) string { return pipelinePrefix + pipeline }

// Pipeline is the pipeline whose stream it is; "" for another kind of stream.
func Pipeline(stream string) string {
	name, ok := strings.CutPrefix(stream, pipelinePrefix)
	if !ok {
		return ""
	}
	return name
}

// stream is what the replica remembers of one stream.
type stream struct {
	name    string
	state   *machine.State // nil: to be loaded
	plans   machine.Plans  // of the state before
	token   store.ID
	version uint64 // of the head
	snapped uint64 // of its snapshot
	owner   string
	wake    time.Time // as this replica stored it; zero: unknown
	inbox   []Input
	flight  *flight
	spare   *flight                     // to be used again
	work    map[uint64]*work            // what was dispatched or cancelled here, by fence
	known   map[store.Ref]*store.Record // as loaded: commands that have acted before, and what decisions need; nil where there was none
	isolate string                      // reason: quarantine it instead of deciding
	timer   time.Time                   // when it is scheduled next
	used    time.Time

	dirty   bool
	loading bool
	stale   bool // somebody else may have committed
	look    bool // timers may be due
	due     bool // the store says so, and will until a commit
	starved bool // ready work found no free slot
	missed  bool // something came up while a batch was on its way
	single  bool // a batch was too large: one thing at a time, until there is nothing left
}

// work is a run that this replica has dispatched, or lingering work that it was asked to end.
type work struct {
	ref       machine.Ref
	kind      string // action type
	cancelled bool
}

// flight is a batch on its way to the store.
type flight struct {
	batch   store.Batch
	entries []entry
	events  []machine.Event
	claims  []int // the pools of the slots that it claims
	retry   bool  // its fate is unknown: offer the same batch again
}

// entry is an input that a round has decided.
type entry struct {
	input Input
	ack   Ack
	moved bool // it led to events, or is known to have done so before
	lacks bool // what it needs left the state in this very round: to be loaded first
}

// blank is a flight with nothing in it.
func (s *stream) blank() *flight {
	f := s.spare
	if f == nil {
		return &flight{}
	}
	s.spare = nil
	clear(f.entries)
	*f = flight{entries: f.entries[:0], claims: f.claims[:0]} // what else it had is the store's, or was published
	return f
}

func (f *flight) inputs() (out []Input) {
	for _, e := range f.entries {
		out = append(out, e.input)
	}
	return out
}

// idle reports whether the stream's memory can be dropped without losing anything.
func (s *stream) idle() bool {
	if s.dirty || s.loading || s.flight != nil || len(s.inbox) > 0 || len(s.work) > 0 {
		return false
	}
	if s.state == nil {
		return true
	}
	demand := s.state.Next(s.used)
	return demand.Rest && demand.Wake.IsZero()
}

// forget drops what was folded, so that the next turn loads it anew.
func (s *stream) forget() {
	if s.state != nil {
		s.plans = s.state.Plans()
	}
	s.state, s.stale = nil, false
}

// lacks reports whether deciding an input must wait for a record.
func (s *stream) lacks(in Input) bool {
	return slices.ContainsFunc(s.state.Needs(in.Input), func(ref store.Ref) bool {
		_, known := s.known[ref]
		return !known
	})
}

// needs says what to load before deciding; false when nothing. What waits in the mailbox is checked by it: a refusal of it may be
// believed, and a command that has acted before is known. What its decisions need comes with it; it never changes once it is there.
func (s *stream) needs() (Load, bool) {
	if s.state != nil && !s.stale && !slices.ContainsFunc(s.inbox, s.lacks) {
		return Load{}, false
	}
	load := Load{Stream: s.name}
	for i := range s.inbox {
		s.inbox[i].checked = true
		if s.state != nil { // else it says afterwards what it needs
			load.Refs = append(load.Refs, s.state.Needs(s.inbox[i].Input)...)
		}
		if c := s.inbox[i].Command; c != nil && c.ID != "" {
			load.Refs = append(load.Refs, commandRef(s.name, c))
		}
	}
	return load, true
}
