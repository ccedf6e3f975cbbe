package penstock

import (
	"context"
	"errors"
	"time"

	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// Subscription says who is told of what happens, and from when on.
type Subscription struct {
	// Name is what the place is kept under, in the store, up to which was told: 1 to 100 bytes.
	Name string
	// FromStart has a new subscription told of all that the store has kept. Default: of what happens from now on.
	FromStart bool
}

// Subscribe tells of what happens in all pipelines of the store, whichever engine drives them, until ctx ends. tell gets notices in the order in
// which things happened to a pipeline (but where it changed hands, they may overtake each other); while it works nothing waits for it but the
// subscription. When it answers nil they are noted as told. When it answers an error it gets the same ones again, after a second, later after up
// to a minute; and so it does when the process dies before that is noted: at least once. A notice that comes again has the ID that it had.
//
// A subscription belongs to one process at a time. Where two have the same, both may be told.
//
// It answers nil when ctx has ended. ErrInvalid: there can be no such subscription. ErrInternal: the store has something that this release
// cannot read.
func (e *Engine) Subscribe(ctx context.Context, s Subscription, tell func(ctx context.Context, notices []Notice) error) error {
	const op = "subscribe"
	if s.Name == "" || len(s.Name) > 100 {
		return &Error{Code: ErrInvalid, Op: op, Path: s.Name, Err: errors.New("the name of a subscription must have 1 to 100 bytes")}
	}
	sub := &subscriber{engine: e, stream: subscriptionPrefix + s.Name, fromStart: s.FromStart, tell: tell, states: map[string]*machine.State{}}
	for failures := 0; ctx.Err() == nil; {
		err := sub.turn(ctx)
		never, unread := errors.AsType[unreadable](err)
		switch {
		case err == nil:
			failures = 0
		case ctx.Err() != nil: // nobody waits any more
		case unread:
			return &Error{Code: ErrInternal, Op: op, Path: s.Name, Err: never.error}
		default:
			failures++
			e.config.Logger.Warn("a subscription is tried again", "subscription", s.Name, "failures", failures, "error", err)
			sleep(ctx, min(time.Second<<min(failures-1, 10), time.Minute))
		}
	}
	return nil
}

const subscriptionPrefix = "subscription/"

// Bounds of a subscription.
const (
	noticePage = 256  // events that are looked at in one turn
	unsavedMax = 4096 // events that gave notice of nothing, until the place behind them is kept
)

// kindAdvanced is the stored name of the event by which a subscription keeps its place.
const kindAdvanced = "subscription.advanced"

// position is where a subscription stands, as it is stored.
type position struct {
	Cursor string `wire:"1"`
}

// subscriber is one Subscribe under way.
type subscriber struct {
	engine    *Engine
	stream    string
	fromStart bool
	tell      func(ctx context.Context, notices []Notice) error

	opened  bool
	token   store.ID // of the stream
	cursor  string
	unsaved int // events since the place was kept
	states  map[string]*machine.State
	pending []Notice // that were not taken yet
	next    string   // the cursor behind them
}

// unreadable is an error that will not go away.
type unreadable struct{ error }

// turn tells of the next page, or waits until there may be one.
func (s *subscriber) turn(ctx context.Context) error {
	e := s.engine
	changed := e.watchers.watch(anyStream)
	defer e.watchers.leave(changed)
	if !s.opened {
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	if s.pending == nil {
		feed, err := e.config.State.Events(ctx, store.FeedQuery{Cursor: s.cursor, Limit: noticePage})
		if err != nil {
			return err
		}
		if feed.Compacted {
			e.config.Logger.Warn("history was pruned before a subscription was told of it", "subscription", s.stream)
		}
		if len(feed.Events) == 0 {
			s.cursor = feed.Next
			return e.await(ctx, changed.come)
		}
		if s.pending, err = s.notices(ctx, feed.Events); err != nil {
			s.pending = nil
			return err
		}
		s.next = feed.Next
		s.unsaved += len(feed.Events)
	}
	if len(s.pending) > 0 {
		if err := s.tell(ctx, s.pending); err != nil {
			return err
		}
	}
	keep := len(s.pending) > 0 || s.unsaved >= unsavedMax
	s.pending, s.cursor = nil, s.next
	if !keep {
		return nil
	}
	return s.save(ctx)
}

// open reads where the subscription stands.
func (s *subscriber) open(ctx context.Context) error {
	state := s.engine.config.State
	found, err := state.Load(ctx, s.stream)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		var at position
		if err := codec.Unmarshal(found[0].Snapshot, &at); err != nil {
			return unreadable{err}
		}
		s.token, s.cursor, s.opened = found[0].Token, at.Cursor, true
		return nil
	}
	if !s.fromStart {
		feed, err := state.Events(ctx, store.FeedQuery{Cursor: store.CursorEnd})
		if err != nil {
			return err
		}
		s.cursor = feed.Next
	}
	s.opened = true
	return s.save(ctx)
}

// save keeps the place, also when ctx has just ended: what was told need not be told again.
func (s *subscriber) save(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	data := codec.Marshal(&position{Cursor: s.cursor})
	batch := store.Batch{
		Stream: s.stream, Expect: s.token, ID: store.ID(newSeed()), Snapshot: data, Events: []store.Event{{Kind: kindAdvanced, Data: data}},
	}
	if err := s.engine.commitDeclared(ctx, batch); err != nil {
		s.opened = false // somebody else may have it, or how it went is not known: it is read anew
		return err
	}
	s.token, s.unsaved = batch.ID, 0
	return nil
}

// sleep waits.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
