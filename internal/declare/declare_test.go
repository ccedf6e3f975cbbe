package declare

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/internal/catalogue"
	"github.com/penstock-dev/penstock/internal/codec"
	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/machine"
	"github.com/penstock-dev/penstock/store"
)

// next is what a store answers after a batch.
func next(b store.Batch, version uint64) []store.Stream {
	return []store.Stream{{Name: Stream, Token: b.ID, Version: version, SnapshotVersion: version, Snapshot: b.Snapshot}}
}

func change(t *testing.T, s *State, contents Contents, c *Command, now time.Time, seed byte) store.Batch {
	t.Helper()
	b, reply, err := s.Change(contents, []string{"some type"}, c, machine.Env{Now: now, Seed: machine.Seed{seed}})
	require.NoError(t, err)
	require.False(t, reply.At.Before(now))
	require.NoError(t, b.Check(store.Limits{}))
	return b
}

var (
	one   = time.UnixMicro(1_700_000_000_000_000).UTC()
	jenks = catalogue.Jenkins("Build", "Jenks", "1")
)

func TestWhatIsWrittenIsRead(t *testing.T) {
	empty, err := Restore(nil, nil)
	require.NoError(t, err)
	require.Empty(t, empty.Contents)
	own := []catalogue.Registered{{
		ID: definition.TypeID{Category: "Test", Owner: "Custom", Provider: "T", Version: "2"}, Former: []definition.TypeID{{Category: "Test", Owner: "Custom", Provider: "T", Version: "1"}},
		Info: definition.TypeInfo{Keys: []definition.Key{{Name: "K", Required: true}}, Check: func(_, _ string) error { return nil }},
	}}
	contents, changed, err := empty.Record(own)
	require.NoError(t, err)
	require.Equal(t, []string{"Test/Custom/T/2"}, changed)
	contents.Custom = []catalogue.CustomType{jenks}
	s, err := Restore(next(change(t, empty, contents, nil, one, 1), 1), nil)
	require.NoError(t, err)
	require.Equal(t, []catalogue.CustomType{jenks}, s.Custom)
	require.Zero(t, s.Audit.Number, "nobody's command")
	_, changed, err = s.Record(own)
	require.NoError(t, err)
	require.Empty(t, changed, "it is recorded already")
	_, former := s.Catalogue(nil, 0).Lookup(own[0].Former[0])
	require.True(t, former)
	own[0].Info.Keys[0].Required = false
	again, changed, err := s.Record(own)
	require.NoError(t, err)
	require.Len(t, changed, 1, "it is another one now")
	require.Len(t, again.Registered, 1)
	require.True(t, s.Registered[0].Info.Keys[0].Required, "what was read stays")
	require.Empty(t, again.Forget(own[0].ID).Registered)
}

func TestCommandsAreChained(t *testing.T) {
	s, err := Restore(nil, nil)
	require.NoError(t, err)
	first := change(t, s, Contents{Custom: []catalogue.CustomType{jenks}}, &Command{ID: "c1", Actor: "ana", Verb: "declare", Request: []byte("{}")}, one, 1)
	require.Len(t, first.Put, 2)
	page, err := machine.ReadAudit(&first.Put[0])
	require.NoError(t, err)
	require.Len(t, page, 1)
	head := page[0].Head()
	require.Equal(t, uint64(1), head.Number)
	reply, err := Answered(&first.Put[1])
	require.NoError(t, err)
	require.Equal(t, one, reply.At)
	s, err = Restore(next(first, 1), nil)
	require.NoError(t, err)
	require.Equal(t, head, s.Audit)

	second := change(t, s, s.Contents, nil, one.Add(time.Hour), 2)
	require.Empty(t, second.Put)
	s, err = Restore(next(second, 2), nil)
	require.NoError(t, err)
	third, reply, err := s.Change(s.Contents, nil, &Command{Actor: "bob"}, machine.Env{Now: one, Seed: machine.Seed{3}})
	require.NoError(t, err)
	require.Equal(t, one.Add(time.Hour), reply.At, "time never goes back")
	page, err = machine.ReadAudit(&third.Put[0])
	require.NoError(t, err)
	require.Equal(t, head.Hash, page[0].Previous)
	require.Equal(t, uint64(3), page[0].First)
}

func TestRestore(t *testing.T) {
	s, err := Restore(nil, nil)
	require.NoError(t, err)
	found := next(change(t, s, Contents{Custom: []catalogue.CustomType{jenks}}, nil, one, 1), 1)
	first, err := Restore(found, nil)
	require.NoError(t, err)
	again, err := Restore(found, first)
	require.NoError(t, err)
	require.Same(t, first, again, "nothing has changed")
	for _, test := range []struct {
		name     string
		snapshot []byte
		want     string
	}{
		{"no snapshot that can be read", []byte{0xff}, "the catalogue: "},
		{"a later format", codec.Marshal(&snapshot{Format: 2}), "the catalogue has format 2, this release reads 1"},
		{"contents that are no JSON", codec.Marshal(&snapshot{Format: 1, Contents: []byte("{")}), "the catalogue: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := next(store.Batch{ID: store.ID{9}, Snapshot: test.snapshot}, 1)
			_, err := Restore(found, first)
			require.ErrorContains(t, err, test.want)
		})
	}
}

// What was deleted is declared no more, but what is known of it still says what is secret.
func TestDeletedTypesAreKnown(t *testing.T) {
	secret := jenks
	secret.Deleted = true
	s := &State{Contents: Contents{Custom: []catalogue.CustomType{secret}}}
	_, declared := s.Catalogue(nil, 0).Lookup(jenks.ID())
	require.False(t, declared)
	_, known := s.Known(nil).Lookup(jenks.ID())
	require.True(t, known)
	require.True(t, s.Custom[0].Deleted)
}
