package storetest

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/store"
)

func sharedRules() []rule[[2]*subject] {
	return []rule[[2]*subject]{
		{"shared/one wins", "of many who commit on the same head through both handles exactly one wins", func(s [2]*subject) { oneWins(s[0], s[1]) }},
		{"shared/nothing lost", "whoever loads, decides and commits until it succeeds has its event in the stream exactly once", func(s [2]*subject) { nothingLost(s[0], s[1]) }},
		{"shared/one lease", "of many who take a free lease through both handles exactly one gets it", func(s [2]*subject) { oneLease(s[0], s[1]) }},
		{"shared/seen at once", "what one handle committed the other one sees as soon as Commit answered", seenAtOnce},
		{"shared/again", "a batch offered again through the other handle answers nil", againElsewhere},
		{"shared/takeover", "when the owner's lease has ended the other replica takes its stream over, and the old owner can tell", takeover},
		{"shared/feed", "a reader on one handle misses nothing and sees nothing twice while writers in several lanes commit on both", sharedFeed},
	}
}

func seenAtOnce(s [2]*subject) {
	for i := range 10 {
		writer, reader := s[i%2], s[(i+1)%2]
		b := writer.batch("a", fmt.Sprint("step ", i))
		b.Owner, b.Wake = "gone", reader.now()
		b.Put = []store.Record{{Ref: ref("k", "g", fmt.Sprint(i))}}
		writer.apply(b)
		reader.equal("token", b.ID, reader.token("a"))
		reader.equal("newest record", fmt.Sprint(i), reader.page(store.Query{Kind: "k", Group: "g", Limit: 1}).Records[0].ID)
		reader.equal("feed", i+1, len(reader.feed(store.FeedQuery{}).Events))
		reader.equal("due", []string{"a"}, reader.due(10).Streams)
	}
}

func againElsewhere(s [2]*subject) {
	b := after("a", store.ID{}, "one")
	s[0].apply(b)
	s[1].apply(b)
	s[1].apply(after("a", b.ID, "two"))
	s[0].apply(b)
	s[0].sequence(s[1].load("a").Events, "one", "two")
}

func takeover(s [2]*subject) {
	old, taker := s[0].lease("old", hour), s[1].lease("taker", 9*hour)
	owned := func(s *subject, kind string, by store.Lease) store.Batch {
		b := s.batch("a", kind)
		b.Owner, b.Lane, b.Live = by.Name, by.Lane, []store.Lease{by}
		return b
	}
	s[0].apply(owned(s[0], "one", old))
	early := owned(s[1], "too early", taker)
	early.Dead = []store.Lease{old}
	s[1].refuse(early, store.ConditionDead, "old")
	s[0].clock.Advance(hour)
	due := s[1].due(10)
	s[1].equal("due", []string{"a"}, due.Streams)
	late := owned(s[0], "too late", old)
	take := owned(s[1], "taken", taker)
	take.Dead = due.Ended
	s[1].apply(take)
	s[0].refuse(late, store.ConditionHead, "a")
	s[0].refuse(owned(s[0], "too late", old), store.ConditionLive, "old")
	s[0].denied(old)
	s[0].sequence(s[0].load("a").Events, "one", "taken")
	s[0].equal("owner", "taker", s[0].load("a").Owner)
}

// sharedFeed reads while it is written to; the reader stops when it has stood at the end after the writers were done.
func sharedFeed(s [2]*subject) {
	const each = 25
	lanes := [racers]int{}
	for i := range lanes {
		if i%3 != 0 {
			lanes[i] = s[0].lease(fmt.Sprint("replica ", i), 24*time.Hour).Lane
		}
	}
	written := make(chan []error, 1)
	go func() {
		written <- together(func(i int, s *subject) error {
			stream, token := fmt.Sprint("stream ", i), store.ID{}
			for n := range each {
				b := after(stream, token)
				b.Events = []store.Event{{Kind: fmt.Sprintf("%s:%d", stream, n), Data: []byte(stream)}}
				b.Lane = lanes[i]
				if err := s.store.Commit(s.ctx, []store.Batch{b})[0]; err != nil {
					return err
				}
				token = b.ID
			}
			return nil
		}, s[0], s[1])
	}()
	var events []store.FeedEvent
	cursor := ""
	for done := false; !done; {
		select {
		case errs := <-written:
			done = true
			for _, err := range errs {
				if err != nil {
					s[0].Fatalf("Commit: %v", err)
				}
			}
		default:
		}
		var more []store.FeedEvent
		cursor, more = s[1].walk(cursor, 7, nil)
		events = append(events, more...)
	}
	var streams []string
	for i := range racers {
		streams = append(streams, fmt.Sprint("stream ", i))
	}
	s[1].whole(events, nil, true, streams...)
}
