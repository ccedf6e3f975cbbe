package penstock

import (
	"archive/tar"
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"

	"github.com/penstock-dev/penstock/store"
)

// zipPlan is a ZIP but for the content of its files. Sizes and checksums come first in a ZIP that every reader takes, also one that
// cannot seek; so the content is read once before the first byte is written.
type zipPlan struct {
	entries []zip.FileHeader
	links   map[string]string // content of symbolic links
	size    int64             // of the ZIP
}

// dosEpoch is the first day that a ZIP can tell.
const dosEpoch = 1<<5 | 1

func zipHeader(name string, mode fs.FileMode) zip.FileHeader {
	const utf8Name = 0x800
	h := zip.FileHeader{Name: name, Method: zip.Store, Flags: utf8Name, ReaderVersion: 20}
	h.ModifiedDate = dosEpoch //nolint:staticcheck // CreateRaw writes it as it is, and does not look at Modified
	h.SetMode(mode)
	return h
}

// seal says what the content of an entry is.
func seal(h *zip.FileHeader, size int64, sum uint32) {
	h.UncompressedSize64, h.CompressedSize64, h.CRC32 = uint64(size), uint64(size), sum
}

// planZip reads all of an artifact.
func (c *content) planZip(ctx context.Context) (*zipPlan, error) {
	stream, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	plan := &zipPlan{links: map[string]string{}}
	if c.artifact.MediaType == mediaTree {
		if err = plan.tree(ctx, stream); isTreeProblem(err) { // is it damaged, or was it made so? The end of the stream tells
			if _, end := io.Copy(io.Discard, stream); errors.Is(end, store.ErrCorrupt) {
				err = end
			}
		}
	} else {
		err = plan.one(c, stream)
	}
	if err == nil {
		count := &countWriter{}
		err = plan.write(count, zeros{})
		plan.size = count.n
	}
	return plan, err
}

func (z *zipPlan) one(c *content, stream io.Reader) error {
	name := c.artifact.Name
	if c.artifact.MediaType == mediaJSON {
		name += ".json"
	}
	h, sum := zipHeader(name, 0o644), crc32.NewIEEE()
	n, err := io.Copy(sum, stream)
	if err != nil {
		return err
	}
	seal(&h, n, sum.Sum32())
	z.entries = append(z.entries, h)
	return nil
}

func (z *zipPlan) tree(ctx context.Context, stream io.Reader) error {
	in, limits := tar.NewReader(stream), treeBounds
	for {
		entry, err := in.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, stream) // its end verifies it
			return err
		}
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = limits.spend(strings.TrimSuffix(entry.Name, "/"), entry.Size)
		}
		if err != nil {
			return err
		}
		if err := z.entry(entry, in); err != nil {
			return treeEntryError(entry.Name, err)
		}
	}
}

func (z *zipPlan) entry(entry *tar.Header, content io.Reader) error {
	h := zipHeader(entry.Name, entry.FileInfo().Mode())
	sum := crc32.NewIEEE()
	switch entry.Typeflag {
	case tar.TypeDir:
	case tar.TypeSymlink:
		z.links[entry.Name] = entry.Linkname
		_, _ = io.WriteString(sum, entry.Linkname) // it never fails
		seal(&h, int64(len(entry.Linkname)), sum.Sum32())
	case tar.TypeReg:
		n, err := io.Copy(sum, content)
		if err != nil {
			return err
		}
		seal(&h, n, sum.Sum32())
	default:
		return errTreeKind
	}
	z.entries = append(z.entries, h)
	return nil
}

// zipSource gives the content of the files, in order.
type zipSource interface {
	next(size int64) (io.Reader, error)
}

// write writes the ZIP.
func (z *zipPlan) write(to io.Writer, from zipSource) error {
	out := zip.NewWriter(to)
	for _, h := range z.entries {
		w, err := out.CreateRaw(&h)
		if err != nil {
			return err
		}
		var content io.Reader
		switch {
		case h.Mode().IsDir():
			continue
		case h.Mode()&fs.ModeSymlink != 0:
			content = strings.NewReader(z.links[h.Name])
		default:
			if content, err = from.next(int64(h.UncompressedSize64)); err != nil {
				return err
			}
		}
		n, err := io.Copy(w, content)
		if err == nil && n != int64(h.UncompressedSize64) {
			err = fmt.Errorf("%w: %q has %d bytes instead of %d", store.ErrCorrupt, h.Name, n, h.UncompressedSize64)
		}
		if err != nil {
			return err
		}
	}
	return out.Close()
}

// zeros have the size of what a file has; they tell how long a ZIP is.
type zeros struct{}

func (zeros) next(size int64) (io.Reader, error) { return io.LimitReader(zeros{}, size), nil }

// Read answers what is in the buffer, whatever that is: nobody looks at it.
func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// treeSource are the files of a tar.
type treeSource struct{ tar *tar.Reader }

func (s treeSource) next(int64) (io.Reader, error) {
	for {
		entry, err := s.tar.Next()
		if err != nil {
			return nil, err
		}
		if entry.Typeflag == tar.TypeReg {
			return s.tar, nil
		}
	}
}

// oneSource is a stream that is the only file.
type oneSource struct{ from io.Reader }

func (s oneSource) next(int64) (io.Reader, error) { return s.from, nil }

// countWriter counts.
type countWriter struct{ n int64 }

// Write counts.
func (w *countWriter) Write(p []byte) (int, error) {
	w.n += int64(len(p))
	return len(p), nil
}
