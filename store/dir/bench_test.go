package dir_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"testing"

	"github.com/penstock-dev/penstock/store"
)

var benchSizes = []int{64 << 10, 1 << 20, 64 << 20}

func sizeName(size int) string { return strconv.Itoa(size>>10) + "KiB" }

// BenchmarkPut is new content: hashed, written, synced, named.
func BenchmarkPut(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(sizeName(size), func(b *testing.B) {
			a := openArtifacts(b, b.TempDir(), nil)
			content, n := pattern(size, 1), uint64(0)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				n++
				binary.BigEndian.PutUint64(content, n)
				put(b, a, content)
			}
		})
	}
}

// BenchmarkPutAgain is content that is there: hashed, made young.
func BenchmarkPutAgain(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(sizeName(size), func(b *testing.B) {
			a := openArtifacts(b, b.TempDir(), nil)
			content := pattern(size, 1)
			put(b, a, content)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				put(b, a, content)
			}
		})
	}
}

// BenchmarkOpen reads to the end, which verifies.
func BenchmarkOpen(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(sizeName(size), func(b *testing.B) {
			a := openArtifacts(b, b.TempDir(), nil)
			digest := put(b, a, pattern(size, 1))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r, err := a.Open(b.Context(), digest)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); err != nil || n != int64(size) {
					b.Fatal(n, err)
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAppend is one line of output.
func BenchmarkAppend(b *testing.B) {
	l := openLogs(b, b.TempDir(), nil)
	line := bytes.Repeat([]byte("x"), 100)
	ref := store.LogRef{ID: "0198c0de-0000-8000-8000-000000000001", Fence: 3}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		ref.Run = n >> 18 // no log gets full
		if err := l.Append(b.Context(), ref, line); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTail is a reader that finds nothing new, and one that finds 64 KiB.
func BenchmarkTail(b *testing.B) {
	l := openLogs(b, b.TempDir(), nil)
	if err := l.Append(b.Context(), store.LogRef{ID: "x"}, pattern(1<<20, 1)); err != nil {
		b.Fatal(err)
	}
	for name, offset := range map[string]int64{"nothing": 1 << 20, "64KiB": 1<<20 - 64<<10} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, size, err := l.Read(b.Context(), "x", 0, offset, 0); err != nil || size != 1<<20 {
					b.Fatal(size, err)
				}
			}
		})
	}
}

// BenchmarkOpenArtifacts is a new store, and one that is there.
func BenchmarkOpenArtifacts(b *testing.B) {
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			openArtifacts(b, b.TempDir(), nil)
		}
	})
	b.Run("there", func(b *testing.B) {
		path := b.TempDir()
		for b.Loop() {
			openArtifacts(b, path, nil)
		}
	})
}
