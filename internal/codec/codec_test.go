package codec

import (
	"encoding/hex"
	"encoding/json"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type (
	kind  string
	level int8
	raw   []byte
	inner struct {
		Name  string         `wire:"1"`
		Count int            `wire:"2"`
		Next  *inner         `wire:"3"`
		Sub   map[kind]inner `wire:"4"`
	}
	// wide has a field of every supported kind, in an order of its own.
	wide struct {
		Kind     kind                        `wire:"20"`
		Bool     bool                        `wire:"1"`
		Int      int                         `wire:"2"`
		Int8     level                       `wire:"3"`
		Int16    int16                       `wire:"4"`
		Int32    int32                       `wire:"5"`
		Int64    int64                       `wire:"6"`
		Uint     uint                        `wire:"7"`
		Uint8    uint8                       `wire:"8"`
		Uint16   uint16                      `wire:"9"`
		Uint32   uint32                      `wire:"10"`
		Uint64   uint64                      `wire:"11"`
		Float    float64                     `wire:"12"`
		String   string                      `wire:"13"`
		Bytes    []byte                      `wire:"14"`
		ID       [16]byte                    `wire:"15"`
		Time     time.Time                   `wire:"16"`
		Duration time.Duration               `wire:"17"`
		Struct   inner                       `wire:"18"`
		Pointer  *inner                      `wire:"19"`
		Ints     []int64                     `wire:"21"`
		Bools    []bool                      `wire:"22"`
		Floats   []float64                   `wire:"23"`
		Strings  []string                    `wire:"24"`
		Raws     []raw                       `wire:"25"`
		IDs      [][16]byte                  `wire:"26"`
		Times    []time.Time                 `wire:"27"`
		Structs  []inner                     `wire:"28"`
		Pointers []*inner                    `wire:"29"`
		Lists    [][]string                  `wire:"30"`
		ByName   map[string]string           `wire:"31"`
		ByLevel  map[level]*inner            `wire:"32"`
		ByNumber map[uint16][]inner          `wire:"33"`
		Nested   map[string]map[int]struct{} `wire:"34"`
		When     *time.Time                  `wire:"35"`
		derived  int
		Cache    string
	}
)

// drawInner draws an inner of at most depth further levels.
func drawInner(t *rapid.T, depth int) inner {
	in := inner{Name: text().Draw(t, "name"), Count: rapid.Int().Draw(t, "count")}
	if depth == 0 {
		return in
	}
	if rapid.Bool().Draw(t, "next") {
		next := drawInner(t, depth-1)
		in.Next = &next
	}
	for range rapid.IntRange(0, 2).Draw(t, "sub") {
		if in.Sub == nil {
			in.Sub = map[kind]inner{}
		}
		in.Sub[kind(text().Draw(t, "key"))] = drawInner(t, depth-1)
	}
	return in
}

func text() *rapid.Generator[string] { return rapid.StringN(0, 6, -1) }

func inners() *rapid.Generator[inner] {
	return rapid.Custom(func(t *rapid.T) inner { return drawInner(t, rapid.IntRange(0, 2).Draw(t, "depth")) })
}

func times() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		return rapid.OneOf(
			rapid.Just(time.Time{}),
			rapid.Just(time.Unix(0, 0).UTC()),
			rapid.Map(rapid.Int64Range(-1<<55, 1<<55), func(n int64) time.Time { return time.UnixMicro(n).UTC() }),
		).Draw(t, "time")
	})
}

func ids() *rapid.Generator[[16]byte] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 16, 16), func(b []byte) [16]byte { return [16]byte(b) })
}

// list draws nil or a slice that is not empty, which is what survives.
func list[T any](t *rapid.T, of *rapid.Generator[T]) []T {
	if got := rapid.SliceOfN(of, 0, 4).Draw(t, "list"); len(got) > 0 {
		return got
	}
	return nil
}

func mapping[K comparable, V any](t *rapid.T, keys *rapid.Generator[K], values *rapid.Generator[V]) map[K]V {
	if got := rapid.MapOfN(keys, values, 0, 4).Draw(t, "map"); len(got) > 0 {
		return got
	}
	return nil
}

func drawWide(t *rapid.T) wide {
	pointers := rapid.Ptr(inners(), true)
	return wide{
		Kind:     kind(text().Draw(t, "kind")),
		Bool:     rapid.Bool().Draw(t, "bool"),
		Int:      rapid.Int().Draw(t, "int"),
		Int8:     level(rapid.Int8().Draw(t, "int8")),
		Int16:    rapid.Int16().Draw(t, "int16"),
		Int32:    rapid.Int32().Draw(t, "int32"),
		Int64:    rapid.Int64().Draw(t, "int64"),
		Uint:     rapid.Uint().Draw(t, "uint"),
		Uint8:    rapid.Uint8().Draw(t, "uint8"),
		Uint16:   rapid.Uint16().Draw(t, "uint16"),
		Uint32:   rapid.Uint32().Draw(t, "uint32"),
		Uint64:   rapid.Uint64().Draw(t, "uint64"),
		Float:    rapid.Float64().Draw(t, "float"),
		String:   rapid.StringN(0, 400, -1).Draw(t, "string"),
		Bytes:    list(t, rapid.Byte()),
		ID:       ids().Draw(t, "id"),
		Time:     times().Draw(t, "time"),
		Duration: time.Duration(rapid.Int64().Draw(t, "duration")),
		Struct:   inners().Draw(t, "struct"),
		Pointer:  pointers.Draw(t, "pointer"),
		Ints:     list(t, rapid.Int64()),
		Bools:    list(t, rapid.Bool()),
		Floats:   list(t, rapid.Float64()),
		Strings:  list(t, text()),
		Raws:     list(t, rapid.Just(raw("x"))),
		IDs:      list(t, ids()),
		Times:    list(t, times()),
		Structs:  list(t, inners()),
		Pointers: list(t, pointers),
		Lists:    list(t, rapid.Just([]string{"", "a"})),
		ByName:   mapping(t, text(), text()),
		ByLevel:  mapping(t, rapid.Map(rapid.Int8(), func(n int8) level { return level(n) }), pointers),
		ByNumber: mapping(t, rapid.Uint16(), rapid.Just([]inner{{}, {Name: "b"}})),
		Nested:   mapping(t, text(), rapid.Just(map[int]struct{}{-1: {}, 0: {}, 300: {}})),
		When:     rapid.Ptr(times(), true).Draw(t, "when"),
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawWide(t)
		data := Marshal(&want)
		var got wide
		require.NoError(t, Unmarshal(data, &got))
		require.Equal(t, want, got)
		require.Equal(t, data, Marshal(&got), "equal values give equal bytes")
		require.Equal(t, append([]byte("x"), data...), Append([]byte("x"), want), "by value and by pointer alike")
	})
}

func TestValuesThatAreEasyToLose(t *testing.T) {
	utc := time.UnixMicro(1_700_000_000_000_001).UTC()
	for _, tc := range []struct {
		name     string
		in, want wide
	}{
		{"zero elements keep their count", wide{Ints: []int64{0, 0}, Structs: []inner{{}, {}}, Strings: []string{"", ""}},
			wide{Ints: []int64{0, 0}, Structs: []inner{{}, {}}, Strings: []string{"", ""}}},
		{"a nil element is not a zero one", wide{Pointers: []*inner{nil, {}, nil}}, wide{Pointers: []*inner{nil, {}, nil}}},
		{"a pointer to zero stays", wide{Pointer: &inner{}, When: &time.Time{}}, wide{Pointer: &inner{}, When: &time.Time{}}},
		{"a nil value of a map keeps its key", wide{ByLevel: map[level]*inner{1: nil, -1: {}}}, wide{ByLevel: map[level]*inner{1: nil, -1: {}}}},
		{"the epoch is not the zero time", wide{Time: time.Unix(0, 0).UTC(), Times: []time.Time{{}}}, wide{Time: time.Unix(0, 0).UTC(), Times: []time.Time{{}}}},
		{"a time loses its zone and what is under a microsecond", wide{Time: utc.In(time.FixedZone("x", 3600)).Add(999)}, wide{Time: utc}},
		{"an empty slice or map becomes nil", wide{Bytes: []byte{}, Ints: []int64{}, ByName: map[string]string{}, Lists: [][]string{{}}}, wide{Lists: [][]string{nil}}},
		{"minus zero stays", wide{Float: math.Copysign(0, -1)}, wide{Float: math.Copysign(0, -1)}},
		{"extremes", wide{Int: math.MinInt64, Int8: -128, Uint: math.MaxUint64, Float: math.Inf(-1)}, wide{Int: math.MinInt64, Int8: -128, Uint: math.MaxUint64, Float: math.Inf(-1)}},
		{"what has no number is not stored", wide{derived: 7, Cache: "c", Int: 1}, wide{Int: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := wide{derived: 1, Cache: "old", String: "old", Pointer: &inner{Count: 1}}
			require.NoError(t, Unmarshal(Marshal(&tc.in), &got))
			require.Equal(t, tc.want, got)
			require.Equal(t, math.Signbit(tc.want.Float), math.Signbit(got.Float))
		})
	}
}

// TestGolden pins the format: stored data outlives this program, so a change here is a new Version.
func TestGolden(t *testing.T) {
	in := wide{
		Bool: true, Int: -1, Uint: 300, Float: 1, String: "hi", Bytes: []byte{0xff}, ID: [16]byte{15: 7},
		Time: time.UnixMicro(1).UTC(), Duration: 2, Struct: inner{Name: "n"}, Pointer: &inner{},
		Ints: []int64{0, -1}, Strings: []string{"", "a"}, Pointers: []*inner{nil, {}},
		ByName: map[string]string{"b": "2", "a": ""}, ByLevel: map[level]*inner{1: nil, -1: {Count: 1}},
	}
	want := strings.Join([]string{
		"01",                                   // version
		"0801",                                 // 1 bool
		"1001",                                 // 2 int -1
		"38ac02",                               // 7 uint 300
		"61000000000000f03f",                   // 12 float64 1
		"6a026869",                             // 13 "hi"
		"7201ff",                               // 14 bytes
		"7a1000000000000000000000000000000007", // 15 [16]byte
		"800102",                               // 16 time
		"880104",                               // 17 duration
		"9201030a016e",                         // 18 struct
		"9a0100",                               // 19 pointer to zero
		"aa01020001",                           // 21 ints
		"c20103000161",                         // 24 strings
		"ea0103000100",                         // 29 pointers: nil, zero
		"fa0107" + "016100" + "01620132",       // 31 by name
		"820207" + "0103021002" + "0200",       // 32 by level
	}, "")
	require.Equal(t, want, hex.EncodeToString(Marshal(&in)))
	var got wide
	data, err := hex.DecodeString(want)
	require.NoError(t, err)
	require.NoError(t, Unmarshal(data, &got))
	require.Equal(t, in, got)
	require.Equal(t, []byte{Version}, Marshal(&wide{}), "nothing but the version for a zero value")
}

func TestStringForms(t *testing.T) {
	digest, uuid := strings.Repeat("0123456789abcdef", 4), "01234567-89ab-8cde-8f01-23456789abcd"
	for _, tc := range []struct {
		name, in, want string
	}{
		{"a digest", "sha256:" + digest, "2101" + digest},
		{"a UUID", uuid, "11020123456789ab8cde8f0123456789abcd"},
		{"no digit", "sha256:" + digest[:63] + "g", "47" + hex.EncodeToString([]byte("sha256:"+digest[:63]+"g"))},
		{"an upper-case digest", "sha256:" + digest[:63] + "F", "47" + hex.EncodeToString([]byte("sha256:"+digest[:63]+"F"))},
		{"another hash", "sha512:" + digest, "47" + hex.EncodeToString([]byte("sha512:"+digest))},
		{"a short digest", "sha256:" + digest[:62], "45" + hex.EncodeToString([]byte("sha256:"+digest[:62]))},
		{"an upper-case UUID", strings.ToUpper(uuid), "24" + hex.EncodeToString([]byte(strings.ToUpper(uuid)))},
		{"36 characters", strings.ReplaceAll(uuid, "-", "0"), "24" + hex.EncodeToString([]byte(strings.ReplaceAll(uuid, "-", "0")))},
		{"a UUID with a foreign end", uuid[:35] + "x", "24" + hex.EncodeToString([]byte(uuid[:35]+"x"))},
		{"zero at the front", "\x00a", "03000061"},
		{"one at the front", "\x01", "020001"},
		{"two at the front", "\x02" + uuid[:16], "120002" + hex.EncodeToString([]byte(uuid[:16]))},
		{"three at the front", "\x03", "0103"},
		{"what looks packed", "\x01" + digest[:32], "220001" + hex.EncodeToString([]byte(digest[:32]))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stored := Marshal(&wide{String: tc.in, ByName: map[string]string{tc.in: tc.in}})
			require.Equal(t, "016a"+tc.want, hex.EncodeToString(Marshal(&wide{String: tc.in})))
			var got wide
			require.NoError(t, Unmarshal(stored, &got))
			require.Equal(t, wide{String: tc.in, ByName: map[string]string{tc.in: tc.in}}, got)
		})
	}
}

func TestMapsAreDeterministic(t *testing.T) {
	in := wide{ByName: map[string]string{}, ByNumber: map[uint16][]inner{}, ByLevel: map[level]*inner{}}
	for i := range 100 {
		in.ByName[strings.Repeat("k", i%7)+string(rune('a'+i%26))] = strings.Repeat("v", i)
		in.ByNumber[uint16(i*31)] = []inner{{Count: i}}
		in.ByLevel[level(i-50)] = &inner{Sub: map[kind]inner{"a": {}, "b": {}, "c": {}}}
	}
	first := Marshal(&in)
	for range 50 {
		require.Equal(t, first, Marshal(&in))
	}
	var got wide
	require.NoError(t, Unmarshal(first, &got))
	require.Equal(t, in, got)
}

func TestNeighbouringVersionsReadEachOther(t *testing.T) {
	type older struct {
		Name string `wire:"2"`
		Last int    `wire:"9"`
	}
	type newer struct {
		Flag  bool              `wire:"1"`
		Title string            `wire:"2"` // renamed
		Rate  float64           `wire:"3"`
		Tags  map[string]string `wire:"4"`
		Sub   *older            `wire:"5"`
		Last  int               `wire:"9"`
		Extra []string          `wire:"10"`
	}
	full := newer{Flag: true, Title: "t", Rate: 1.5, Tags: map[string]string{"a": "b"}, Sub: &older{Last: 1}, Last: 3, Extra: []string{"x"}}
	var old older
	require.NoError(t, Unmarshal(Marshal(&full), &old))
	require.Equal(t, older{Name: "t", Last: 3}, old)

	var now newer
	require.NoError(t, Unmarshal(Marshal(&old), &now))
	require.Equal(t, newer{Title: "t", Last: 3}, now)
}

func TestUnmarshalRefuses(t *testing.T) {
	for _, tc := range []struct{ name, data, want string }{
		{"nothing", "", "codec: wide: truncated"},
		{"a later format", "02", "codec: wide: format version 2, this program reads version 1"},
		{"a key without value", "0108", "codec: wide.Bool: truncated"},
		{"an endless number", "0110ffffffffffffffffffff01", "codec: wide.Int: a number of more than 64 bits"},
		{"a length over the end", "016a05" + "6869", "codec: wide.String: truncated"},
		{"an enormous length", "016affffffffffffffffff01", "codec: wide.String: truncated"},
		{"a number too big for its field", "01188002", "codec: wide.Int8: 128 does not fit in codec.level"},
		{"an unsigned one", "01408002", "codec: wide.Uint8: 256 does not fit in uint8"},
		{"a bool of two", "010802", "codec: wide.Bool: 2 is not a bool"},
		{"another wire type", "010a00", "codec: wide.Bool: wire type 2, want 0"},
		{"an unknown wire type", "01c73e", "codec: wide.1000: unknown wire type 7"},
		{"an unknown field cut short", "01c23e05", "codec: wide.1000: truncated"},
		{"field number zero", "0100", "codec: wide: field 0 follows field 0"},
		{"a field twice", "0108010801", "codec: wide: field 1 follows field 1"},
		{"fields out of order", "0110010801", "codec: wide: field 1 follows field 2"},
		{"half a float", "016100000000", "codec: wide.Float: truncated"},
		{"a string without its form's bytes", "016a020101", "codec: wide.String: a string of form 1 has 2 bytes"},
		{"a UUID that is too long", "016a1202" + strings.Repeat("00", 17), "codec: wide.String: a string of form 2 has 18 bytes"},
		{"a short array", "017a0100", "codec: wide.ID: 1 bytes, want 16"},
		{"a path", "019a01031a010a", "codec: wide.Pointer.Next.Name: truncated"},
		{"half an element", "01aa010180", "codec: wide.Ints: truncated"},
		{"a key without an element", "01fa01020161", "codec: wide.ByName: truncated"},
		{"a map's key twice", "01fa0106016100016100", "codec: wide.ByName: a map's keys do not rise"},
		{"an element with a rest", "01ea0103020000", "codec: wide.Pointers: bytes left over"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			data, err := hex.DecodeString(tc.data)
			require.NoError(t, err)
			got := wide{Int: 5, Cache: "old"}
			require.EqualError(t, Unmarshal(data, &got), tc.want)
			require.Equal(t, wide{}, got, "nothing is half applied")
		})
	}
}

func TestDecodedValuesOwnTheirMemory(t *testing.T) {
	data := Marshal(&wide{String: "text", Bytes: []byte("bytes"), Raws: []raw{raw("raw")}, ByName: map[string]string{"k": "v"}})
	var got wide
	require.NoError(t, Unmarshal(data, &got))
	clear(data)
	require.Equal(t, wide{String: "text", Bytes: []byte("bytes"), Raws: []raw{raw("raw")}, ByName: map[string]string{"k": "v"}}, got)

	first := Marshal(&wide{String: "first"})
	Marshal(&wide{String: "other"})
	require.Contains(t, string(first), "first", "the scratch buffer is not handed out")
}

type list1 []list1

func TestDepthIsBounded(t *testing.T) {
	chain := func(n int) *inner {
		in := &inner{}
		for range n - 1 {
			in = &inner{Next: in}
		}
		return in
	}
	var got inner
	require.NoError(t, Unmarshal(Marshal(chain(MaxDepth)), &got))
	require.Equal(t, *chain(MaxDepth), got)
	require.Panics(t, func() { Marshal(chain(MaxDepth + 1)) })

	cycle := &inner{}
	cycle.Next = cycle
	require.PanicsWithValue(t, "codec: the value is nested deeper than 1000; does it hold itself?", func() { Marshal(cycle) })

	var body []byte // a structure that only a hostile writer makes
	for range MaxDepth {
		body = append(append([]byte{0x1a}, varint(len(body))...), body...)
	}
	err := Unmarshal(append([]byte{Version}, body...), &got)
	require.ErrorContains(t, err, "nested deeper than 1000")
	require.Equal(t, inner{}, got)

	type lists struct {
		L list1 `wire:"1"`
	}
	require.NoError(t, Check(lists{}), "a type that recurs without a struct")
	var l lists
	require.NoError(t, Unmarshal(Marshal(&lists{L: list1{nil, {nil, nil}}}), &l))
	require.Equal(t, lists{L: list1{nil, {nil, nil}}}, l)
}

func varint(n int) []byte {
	var out []byte
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(out, byte(n))
}

// TestAllocationIsBounded feeds nested lists of which every level claims all that follows.
func TestAllocationIsBounded(t *testing.T) {
	type tree struct {
		Kids []tree    `wire:"1"`
		Pad  [100]byte `wire:"2"`
	}
	body := make([]byte, 4096)
	for range 300 {
		body = append(append([]byte{0x0a}, varint(len(body))...), body...)
		body = append(varint(len(body)), body...)
	}
	body = append([]byte{Version, 0x0a}, append(varint(len(body)), body...)...)
	var got tree
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = Unmarshal(body, &got)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(len(body)*200))
}

func TestCheck(t *testing.T) {
	type embedded struct {
		A int `wire:"1"`
	}
	for _, tc := range []struct {
		name string
		v    any
		want string
	}{
		{"a struct", wide{}, ""},
		{"a nil pointer", (*wide)(nil), ""},
		{"a struct without fields", struct{}{}, ""},
		{"nil", nil, "codec: nil has no type; pass a struct or a pointer to one"},
		{"no struct", 5, "codec: int is not a struct with wire tags"},
		{"a time", time.Time{}, "codec: time.Time is not a struct with wire tags"},
		{"a number twice", struct {
			A int `wire:"1"`
			B int `wire:"1"`
		}{}, "A and B both have wire number 1"},
		{"number zero", struct {
			A int `wire:"0"`
		}{}, `A: wire number "0" is not one from 1 to 2^29-1`},
		{"no number", struct {
			A int `wire:"x"`
		}{}, `A: wire number "x" is not one from 1 to 2^29-1`},
		{"no tags", struct{ A int }{}, "has no wire tags, so nothing of it would be stored"},
		{"not exported", struct {
			a int `wire:"1"`
		}{}, "a: a stored field has to be exported"},
		{"an embedded struct without number", struct {
			embedded
			B int `wire:"1"`
		}{}, "embedded: the embedded struct has wire tags but no number of its own"},
		{"an interface", struct {
			A any `wire:"1"`
		}{}, "A: interface {} is not supported"},
		{"float32", struct {
			A []float32 `wire:"1"`
		}{}, "A: float32 is not supported"},
		{"an array of numbers", struct {
			A [2]int `wire:"1"`
		}{}, "A: [2]int is not supported"},
		{"a pointer to a number", struct {
			A *int `wire:"1"`
		}{}, "A: *int is not supported: a pointer has to be one to a struct"},
		{"a bool key", struct {
			A map[bool]int `wire:"1"`
		}{}, "A: map[bool]int: a map's key has to be a string or an integer"},
		{"a deep one", struct {
			A map[string][]struct {
				B chan int `wire:"1"`
			} `wire:"1"`
		}{}, "B: chan int is not supported"},
		{"a foreign struct", struct {
			A json.Decoder `wire:"1"`
		}{}, "A: json.Decoder has no wire tags"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for range 2 { // compiled, and remembered
				if tc.want == "" {
					require.NoError(t, Check(tc.v))
					continue
				}
				require.ErrorContains(t, Check(tc.v), tc.want)
				require.Panics(t, func() { Marshal(tc.v) })
			}
		})
	}
}

func TestMisusePanics(t *testing.T) {
	require.PanicsWithValue(t, "codec: cannot encode a nil *codec.wide", func() { Marshal((*wide)(nil)) })
	require.PanicsWithValue(t, "codec: cannot encode nil; pass a struct or a pointer to one", func() { Marshal(nil) })
	require.PanicsWithValue(t, "codec: cannot decode into codec.wide; pass a non-nil pointer to a struct", func() { _ = Unmarshal(nil, wide{}) })
	require.Panics(t, func() { _ = Unmarshal(nil, (*wide)(nil)) })
	require.Panics(t, func() { _ = Unmarshal([]byte{1}, new(int)) })
}
