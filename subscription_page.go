package penstock

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/penstock-dev/penstock/internal/declare"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/internal/replica"
	"github.com/penstock-dev/penstock/store"
)

// notices are what a page of the feed gives notice of; not nil.
func (s *subscriber) notices(ctx context.Context, events []store.FeedEvent) ([]Notice, error) {
	inOrder(events)
	out := []Notice{}
	for _, f := range events {
		found, err := s.of(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	maps.DeleteFunc(s.states, func(_ string, state *machine.State) bool { // what is at rest holds no memory
		return !slices.ContainsFunc(state.Executions, (*machine.Execution).Live)
	})
	return out, s.complete(ctx, out)
}

// inOrder puts the events of each stream into their order, in the places that they have among those of others.
func inOrder(events []store.FeedEvent) {
	places := map[string][]int{}
	for i, f := range events {
		places[f.Stream] = append(places[f.Stream], i)
	}
	for _, at := range places {
		sorted := make([]store.FeedEvent, len(at))
		for i, place := range at {
			sorted[i] = events[place]
		}
		slices.SortFunc(sorted, func(a, b store.FeedEvent) int { return cmp.Compare(a.Version, b.Version) })
		for i, place := range at {
			events[place] = sorted[i]
		}
	}
}

// of are the notices of one event.
func (s *subscriber) of(ctx context.Context, f store.FeedEvent) ([]Notice, error) {
	group, changed, noted, err := declare.ReadChanged(f.Event)
	switch {
	case err != nil:
		return nil, unreadable{err}
	case noted:
		return []Notice{{
			ID: noticeID(f, 0), Kind: NoticeCommand, Pipeline: group, Event: f.Version, At: changed.At, Command: &AuditEntry{Number: changed.Audit.Number},
		}}, nil
	}
	pipeline := replica.Pipeline(f.Stream)
	if pipeline == "" {
		return nil, nil
	}
	state := s.states[pipeline]
	if state == nil || state.Seq != f.Version-1 {
		if state, err = s.before(ctx, pipeline, f.Version); err != nil || state == nil {
			return nil, err
		}
	}
	delete(s.states, pipeline)
	out, err := derive(state, f)
	if err != nil {
		return nil, unreadable{err}
	}
	s.states[pipeline] = state
	return out, nil
}

// before is the state of a pipeline before an event; nil when what it was made of is no longer there.
func (s *subscriber) before(ctx context.Context, pipeline string, version uint64) (*machine.State, error) {
	found, err := s.engine.config.State.Load(ctx, replica.PipelineStream(pipeline))
	if err != nil {
		return nil, err
	}
	if len(found) > 0 && found[0].SnapshotVersion < version {
		state, err := machine.Restore(pipeline, found[0].Snapshot, found[0].Events[:version-1-found[0].SnapshotVersion], nil)
		if err != nil {
			return nil, unreadable{err}
		}
		return state, nil
	}
	state := machine.New(pipeline)
	for state.Seq < version-1 { // the snapshot is of later: from the beginning
		feed, err := s.engine.config.State.Events(ctx, store.FeedQuery{Stream: replica.PipelineStream(pipeline), After: state.Seq, Limit: store.MaxPage})
		if err != nil {
			return nil, err
		}
		if feed.Compacted || len(feed.Events) == 0 {
			s.engine.config.Logger.Warn("a subscription is not told of an event: the history before it was pruned", "pipeline", pipeline, "event", version)
			return nil, nil //nolint:nilnil // there is none any more
		}
		for _, f := range feed.Events[:min(uint64(len(feed.Events)), version-1-state.Seq)] {
			if _, err := derive(state, f); err != nil {
				return nil, unreadable{err}
			}
		}
	}
	return state, nil
}

// complete fills in what the audit has of declarations, each of which is a page of its own.
func (s *subscriber) complete(ctx context.Context, all []Notice) error {
	var refs []store.Ref
	var at []int
	for i := range all {
		if c := all[i].Command; c != nil && c.Hash == "" {
			refs, at = append(refs, machine.AuditRef(all[i].Pipeline, c.Number)), append(at, i)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	records, err := s.engine.config.State.Get(ctx, refs...)
	if err != nil {
		return err
	}
	for i, record := range records {
		if record == nil {
			return unreadable{errors.New("audit entry " + refs[i].ID + " of " + refs[i].Group + " is missing")}
		}
		entries, err := machine.ReadAudit(record)
		if err != nil {
			return unreadable{err}
		}
		is := &entries[0]
		*all[at[i]].Command = auditView(refs[i].Group, is, is.Head().Hash)
	}
	return nil
}
