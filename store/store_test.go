package store_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/store"
)

func TestID(t *testing.T) {
	t.Parallel()
	require.True(t, store.ID{}.IsZero())
	id := store.ID{0: 0xab, 15: 1}
	require.False(t, id.IsZero())
	require.Equal(t, "ab"+strings.Repeat("00", 14)+"01", id.String())
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for _, err := range []error{&store.Conflict{}, &store.TooLarge{}, &store.Invalid{}} {
		require.True(t, store.Refused(err), "%T", err)
		require.True(t, store.Refused(fmt.Errorf("driver: %w", err)), "wrapped %T", err)
	}
	for _, err := range []error{nil, store.ErrClosed, io.ErrUnexpectedEOF, errors.New("connection reset")} {
		require.False(t, store.Refused(err), "%v", err)
	}
}

func TestErrorsSayWhatWasWrong(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err  error
		want string
	}{
		{&store.Conflict{Stream: "a", Condition: store.ConditionHead}, "store: a: its head is not the one that the batch was decided on"},
		{&store.Conflict{Stream: "a", Condition: store.ConditionRead, Name: "line"}, `store: a: stream "line" is not as it was read`},
		{&store.Conflict{Stream: "a", Condition: store.ConditionLive, Name: "x"}, `store: a: lease "x" is not held with that fence`},
		{&store.Conflict{Stream: "a", Condition: store.ConditionDead, Name: "x"}, `store: a: lease "x" is still held`},
		{&store.Conflict{Stream: "a", Condition: store.ConditionNew, Name: "7"}, `store: a: record "7" is there already`},
		{&store.Conflict{Condition: store.ConditionLease, Name: "x"}, `store: lease "x" is held by another claim, or this claim has ended`},
		{&store.Conflict{Stream: "a", Condition: "moon", Name: "full"}, `store: a: condition "moon" on "full" does not hold`},
		{&store.TooLarge{Stream: "a", What: "events", Limit: 7}, "store: a: events: over the limit of 7 bytes"},
		{&store.TooLarge{What: "artifact", Limit: 7}, "store: artifact: over the limit of 7 bytes"},
		{&store.Invalid{Stream: "a", Problem: "no"}, "store: a: no"},
	}
	for _, tt := range tests {
		require.EqualError(t, tt.err, tt.want)
	}
}

func TestPageAndReadLimits(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 999: 999, 1000: 1000, 1001: 1000} {
		require.Equal(t, want, store.PageLimit(limit), "page %d", limit)
	}
	for limit, want := range map[int]int{-1: 65536, 0: 65536, 1: 1, 1 << 20: 1 << 20, 1<<20 + 1: 1 << 20} {
		require.Equal(t, want, store.ReadLimit(limit), "read %d", limit)
	}
	require.Equal(t, store.Limits{Events: 1 << 20, Snapshot: 5, Record: 1 << 20}, store.Limits{Snapshot: 5}.OrDefault())
	require.Equal(t, 16<<20, store.Limits{}.OrDefault().Snapshot)
}

func TestCheckBatch(t *testing.T) {
	t.Parallel()
	ref := store.Ref{Kind: "k", ID: "1"}
	tests := []struct {
		name   string
		change func(*store.Batch)
		want   string // "" for a batch that is fine
	}{
		{"smallest", func(*store.Batch) {}, ""},
		{"everything", func(b *store.Batch) {
			b.Expect, b.Owner, b.Lane, b.Wake, b.Snapshot = store.ID{2}, "x", 3, time.Now(), []byte("s")
			b.Reads = []store.Read{{Stream: "line"}}
			b.Live, b.Dead = []store.Lease{{Name: "x", Fence: 1}}, []store.Lease{{Name: "y"}}
			b.Put = []store.Record{{Ref: ref, Keys: []store.Key{{Name: "n"}, {Name: "n", Value: "v"}}}}
			b.Delete = []store.Ref{{Kind: "k", ID: "2"}, {Kind: "k", Group: "g", ID: "1"}}
		}, ""},
		{"no stream", func(b *store.Batch) { b.Stream = "" }, "store: the stream of a batch is empty"},
		{"no ID", func(b *store.Batch) { b.ID = store.ID{} }, "store: a: a batch needs an ID, or it could not be offered again"},
		{"own parent", func(b *store.Batch) { b.Expect = b.ID }, "store: a: a batch has the ID that it expects; draw a new one"},
		{"no events", func(b *store.Batch) { b.Events = nil }, "store: a: a batch needs at least one event"},
		{"event without kind", func(b *store.Batch) { b.Events[0].Kind = "" }, "store: a: event 0 of a batch has no kind"},
		{"live without fence", func(b *store.Batch) { b.Live = []store.Lease{{Name: "x"}} }, `store: a: lease "x" must live, but with no fence: nobody holds it so`},
		{"NUL", func(b *store.Batch) { b.Owner = "a\x00" }, `store: a: the owner of a batch is not UTF-8 without NUL: "a\x00"`},
		{"long name", func(b *store.Batch) { b.Owner = strings.Repeat("x", 513) }, "store: a: name: over the limit of 512 bytes"},
		{"put twice", func(b *store.Batch) { b.Put = []store.Record{{Ref: ref}, {Ref: ref}} }, "store: a: record k//1 is named twice in a batch"},
		{"events at the limit", func(b *store.Batch) { b.Events[0].Data = make([]byte, 17) }, ""},
		{"events over it", func(b *store.Batch) { b.Events[0].Data = make([]byte, 18) }, "store: a: events: over the limit of 20 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := store.Batch{Stream: "a", ID: store.ID{1}, Events: []store.Event{{Kind: "one"}}}
			tt.change(&b)
			err := b.Check(store.Limits{Events: 20})
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.EqualError(t, err, tt.want)
			require.True(t, store.Refused(err))
		})
	}
}

// Both ways of looking for a ref that is named twice find it wherever it stands.
func TestCheckFindsARefNamedTwice(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 8, 9, 30} {
		for second := 1; second < n; second++ {
			b := store.Batch{Stream: "a", ID: store.ID{1}, Events: []store.Event{{Kind: "one"}}}
			for i := range n {
				ref := store.Ref{Kind: "k", ID: fmt.Sprint(i)}
				if i == second {
					ref.ID = fmt.Sprint(second / 2)
				}
				if i < n/2 {
					b.Put = append(b.Put, store.Record{Ref: ref})
				} else {
					b.Delete = append(b.Delete, ref)
				}
			}
			require.ErrorAs(t, b.Check(store.Limits{}), new(*store.Invalid), "%d of %d", second, n)
		}
	}
}

func TestCheckDigest(t *testing.T) {
	t.Parallel()
	good := store.Digest(sha256.New())
	require.NoError(t, store.CheckDigest(good))
	for _, bad := range []string{"", good[:70], good + "a", strings.ToUpper(good), "sha256:" + strings.Repeat("g", 64), "../" + good[3:]} {
		require.ErrorAs(t, store.CheckDigest(bad), new(*store.Invalid), "%q", bad)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	h := sha256.New()
	h.Write([]byte("content"))
	digest := store.Digest(h)
	broken := errors.New("broken")
	tests := []struct {
		name    string
		content io.Reader
		want    error
	}{
		{"whole", strings.NewReader("content"), nil},
		{"byte by byte", iotest.OneByteReader(strings.NewReader("content")), nil},
		{"last bytes with io.EOF", iotest.DataErrReader(strings.NewReader("content")), nil},
		{"changed", strings.NewReader("c0ntent"), store.ErrCorrupt},
		{"short", strings.NewReader("conten"), store.ErrCorrupt},
		{"long", strings.NewReader("contents"), store.ErrCorrupt},
		{"empty", strings.NewReader(""), store.ErrCorrupt},
		{"other error", io.MultiReader(strings.NewReader("cont"), iotest.ErrReader(broken)), broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := store.Verify(digest, io.NopCloser(tt.content))
			_, err := io.ReadAll(r)
			require.ErrorIs(t, err, tt.want)
			require.NoError(t, r.Close())
		})
	}
}
