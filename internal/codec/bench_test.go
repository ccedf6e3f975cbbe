package codec

import (
	"testing"
	"time"
)

type tenFields struct {
	ID       [16]byte      `wire:"1"`
	Name     string        `wire:"2"`
	Stage    string        `wire:"3"`
	Action   string        `wire:"4"`
	Run      int           `wire:"5"`
	Fence    uint64        `wire:"6"`
	At       time.Time     `wire:"7"`
	Timeout  time.Duration `wire:"8"`
	Rollback bool          `wire:"9"`
	Percent  int           `wire:"10"`
}

func ten() *tenFields {
	return &tenFields{
		ID: [16]byte{1, 2, 3}, Name: "storefront", Stage: "Production", Action: "Deploy", Run: 2, Fence: 1 << 20,
		At: time.UnixMicro(1_700_000_000_000_000).UTC(), Timeout: time.Hour, Rollback: true, Percent: 99,
	}
}

func BenchmarkMarshal(b *testing.B) {
	v := ten()
	b.ReportAllocs()
	for b.Loop() {
		Marshal(v)
	}
}

func BenchmarkAppend(b *testing.B) {
	v := ten()
	dst := Marshal(v)
	b.ReportAllocs()
	for b.Loop() {
		dst = Append(dst[:0], v)
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	data := Marshal(ten())
	var v tenFields
	b.ReportAllocs()
	for b.Loop() {
		if err := Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}

func mapOfTen() *wide {
	in := &wide{ByName: map[string]string{}}
	for i := range 10 {
		in.ByName["variable-"+string(rune('a'+i))] = "a value"
	}
	return in
}

func BenchmarkMarshalMap(b *testing.B) {
	v := mapOfTen()
	b.ReportAllocs()
	for b.Loop() {
		Marshal(v)
	}
}

func BenchmarkUnmarshalMap(b *testing.B) {
	data := Marshal(mapOfTen())
	var v wide
	b.ReportAllocs()
	for b.Loop() {
		if err := Unmarshal(data, &v); err != nil {
			b.Fatal(err)
		}
	}
}
