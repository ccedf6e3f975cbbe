package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// artifacts is an ArtifactStore under test.
type artifacts struct {
	*testing.T
	clock *Clock
	store store.ArtifactStore
}

func artifactRules() []rule[*artifacts] {
	return []rule[*artifacts]{
		{"put and open", "content comes back byte for byte under its SHA-256, at every size, through readers of every manner", (*artifacts).putAndOpen},
		{"absent", "what was never put is ErrNotFound to Open and Stat, and no error to Delete", (*artifacts).absent},
		{"put fails", "when the reader fails or the context ends nothing is left", (*artifacts).putFails},
		{"put again", "putting what exists keeps one copy and makes it young again", (*artifacts).putAgain},
		{"delete", "content younger than grace is refused with ErrYoung; older content goes, and may be put again", (*artifacts).deleteOld},
		{"delete while open", "deleting content that is being read does not hand out wrong content", (*artifacts).deleteWhileOpen},
		{"list", "List pages all content once, in order of digest, at every limit", (*artifacts).list},
		{"damaged", "content that no longer hashes to its digest is ErrCorrupt instead of io.EOF", (*artifacts).damaged},
		{"digests", "what is not a digest is *Invalid, so that no path can be made of it", (*artifacts).badDigests},
		{"together", "many who put, read and delete the same content at once never see a part of it", (*artifacts).together},
		{"cancelled", "with a context that has ended every call answers its error and does nothing", (*artifacts).cancelled},
	}
}

func (a *artifacts) put(content []byte) store.Blob {
	a.Helper()
	blob, err := a.store.Put(context.Background(), bytes.NewReader(content))
	if err != nil {
		a.Fatalf("Put of %d bytes: %v", len(content), err)
	}
	if want := digestOf(content); blob.Digest != want || blob.Size != int64(len(content)) {
		a.Fatalf("Put of %d bytes: want %s, got %+v", len(content), want, blob)
	}
	return blob
}

func digestOf(content []byte) string {
	h := sha256.New()
	h.Write(content)
	return store.Digest(h)
}

func (a *artifacts) read(digest string) ([]byte, error) {
	r, err := a.store.Open(context.Background(), digest)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	return content, errors.Join(err, r.Close())
}

func (a *artifacts) want(err, want error) {
	a.Helper()
	if !errors.Is(err, want) {
		a.Fatalf("want %v, got %v", want, err)
	}
}

// digests are all that List answers.
func (a *artifacts) digests(limit int) []string {
	a.Helper()
	var all []string
	for after := ""; ; after = all[len(all)-1] {
		page, err := a.store.List(context.Background(), after, limit)
		if err != nil || len(page) > store.PageLimit(limit) {
			a.Fatalf("List with limit %d answered %d, %v", limit, len(page), err)
		}
		if len(page) == 0 {
			return all
		}
		for _, b := range page {
			all = append(all, b.Digest)
		}
	}
}

func (a *artifacts) putAndOpen() {
	for _, size := range []int{0, 1, 511, 4096, 32<<10 + 1, 1 << 20} {
		content := sized(size)
		blob := a.put(content)
		got, err := a.read(blob.Digest)
		if err != nil || !bytes.Equal(got, content) {
			a.Fatalf("%d bytes came back as %d, %v", size, len(got), err)
		}
		stat, err := a.store.Stat(context.Background(), blob.Digest)
		if err != nil || stat.Digest != blob.Digest || stat.Size != blob.Size || !stat.Put.Equal(blob.Put) {
			a.Fatalf("want %+v, got %+v, %v", blob, stat, err)
		}
	}
	content := sized(3000)
	for name, r := range map[string]io.Reader{
		"one byte a time":     iotest.OneByteReader(bytes.NewReader(content)),
		"half of what it can": iotest.HalfReader(bytes.NewReader(content)),
		"data with the error": iotest.DataErrReader(bytes.NewReader(content)),
	} {
		blob, err := a.store.Put(context.Background(), r)
		if err != nil || blob.Digest != digestOf(content) {
			a.Fatalf("Put from a reader that gives %s: %+v, %v", name, blob, err)
		}
	}
	r, err := a.store.Open(context.Background(), digestOf(content))
	if err != nil {
		a.Fatalf("Open: %v", err)
	}
	if got, err := io.ReadAll(iotest.OneByteReader(r)); err != nil || !bytes.Equal(got, content) || r.Close() != nil {
		a.Fatalf("read byte by byte: %d bytes, %v", len(got), err)
	}
}

func (a *artifacts) absent() {
	digest := digestOf([]byte("never put"))
	_, err := a.read(digest)
	a.want(err, store.ErrNotFound)
	_, err = a.store.Stat(context.Background(), digest)
	a.want(err, store.ErrNotFound)
	a.want(a.store.Delete(context.Background(), digest, 0), nil)
	a.want(a.store.Delete(context.Background(), digest, time.Hour), nil)
}

// endingReader ends its context when it has given half of what it has.
type endingReader struct {
	io.Reader
	end context.CancelFunc
}

// Read ends the context once the first bytes have come.
func (r endingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p[:min(len(p), 1000)])
	r.end()
	return n, err
}

func (a *artifacts) putFails() {
	broken := errors.New("broken")
	for _, size := range []int{0, 1, 70_000} {
		content := sized(size)
		_, err := a.store.Put(context.Background(), io.MultiReader(bytes.NewReader(content), iotest.ErrReader(broken)))
		a.want(err, broken)
		_, err = a.store.Stat(context.Background(), digestOf(content))
		a.want(err, store.ErrNotFound)
	}
	ctx, cancel := context.WithCancel(context.Background())
	content := sized(100_000)
	_, err := a.store.Put(ctx, endingReader{bytes.NewReader(content), cancel})
	a.want(err, context.Canceled)
	_, err = a.store.Stat(context.Background(), digestOf(content))
	a.want(err, store.ErrNotFound)
	if left := a.digests(10); len(left) != 0 {
		a.Fatalf("left behind: %v", left)
	}
}

func (a *artifacts) putAgain() {
	first := a.put([]byte("content"))
	a.clock.Advance(time.Hour)
	second := a.put([]byte("content"))
	if !second.Put.After(first.Put) {
		a.Fatalf("put at %s, and an hour later at %s", first.Put, second.Put)
	}
	a.want(a.store.Delete(context.Background(), first.Digest, time.Hour), store.ErrYoung)
	if all := a.digests(10); len(all) != 1 {
		a.Fatalf("one content is listed as %v", all)
	}
}

func (a *artifacts) deleteOld() {
	blob := a.put([]byte("content"))
	a.clock.Advance(time.Hour / 2)
	a.want(a.store.Delete(context.Background(), blob.Digest, time.Hour), store.ErrYoung)
	if _, err := a.read(blob.Digest); err != nil {
		a.Fatalf("what Delete refused: %v", err)
	}
	a.clock.Advance(time.Hour)
	for range 2 {
		a.want(a.store.Delete(context.Background(), blob.Digest, time.Hour), nil)
	}
	_, err := a.read(blob.Digest)
	a.want(err, store.ErrNotFound)
	a.put([]byte("content"))
	if got, err := a.read(blob.Digest); err != nil || string(got) != "content" {
		a.Fatalf("put after it was deleted: %q, %v", got, err)
	}
}

func (a *artifacts) deleteWhileOpen() {
	content := sized(300_000)
	blob := a.put(content)
	r, err := a.store.Open(context.Background(), blob.Digest)
	if err != nil {
		a.Fatalf("Open: %v", err)
	}
	head := make([]byte, 1000)
	if _, err := io.ReadFull(r, head); err != nil {
		a.Fatalf("Read: %v", err)
	}
	a.clock.Advance(time.Second)
	a.want(a.store.Delete(context.Background(), blob.Digest, 0), nil)
	rest, err := io.ReadAll(r)
	if whole := slices.Concat(head, rest); err == nil && !bytes.Equal(whole, content) {
		a.Fatalf("wrong content without an error: %d bytes of %d", len(whole), len(content))
	}
	a.want(r.Close(), nil)
}

func (a *artifacts) list() {
	var want []string
	for i := range 9 {
		want = append(want, a.put(fmt.Appendf(nil, "content %d", i)).Digest)
	}
	slices.Sort(want)
	for _, limit := range []int{1, 2, 3, 4, 8, 9, 10, 0, -1, 5000} {
		if got := a.digests(limit); !slices.Equal(want, got) {
			a.Fatalf("limit %d: want %v, got %v", limit, want, got)
		}
	}
	a.clock.Advance(time.Second)
	a.want(a.store.Delete(context.Background(), want[4], 0), nil)
	page, err := a.store.List(context.Background(), want[4], 1)
	if err != nil || page[0].Digest != want[5] || page[0].Size != int64(len("content 0")) || page[0].Put.IsZero() {
		a.Fatalf("behind what was deleted: %+v, %v", page, err)
	}
	if got := a.digests(2); !slices.Equal(slices.Delete(want, 4, 5), got) {
		a.Fatalf("after one was deleted: %v", got)
	}
}

func (a *artifacts) damaged() {
	damager, ok := a.store.(interface{ Damage(digest string) })
	if !ok {
		return
	}
	blob := a.put(sized(100_000))
	damager.Damage(blob.Digest)
	_, err := a.read(blob.Digest)
	a.want(err, store.ErrCorrupt)
}

func (a *artifacts) badDigests() {
	digest := a.put([]byte("content")).Digest
	for _, bad := range []string{"", "sha256:", digest[:70], digest + "0", strings.ToUpper(digest), "sha512" + digest[6:], digest[7:],
		"sha256:../../" + digest[13:], digest[:70] + "/", "sha256:" + strings.Repeat("\x00", 64)} {
		_, open := a.read(bad)
		_, stat := a.store.Stat(context.Background(), bad)
		for _, err := range []error{open, stat, a.store.Delete(context.Background(), bad, 0)} {
			if invalid := (*store.Invalid)(nil); !errors.As(err, &invalid) {
				a.Fatalf("digest %q: want *Invalid, got %v", bad, err)
			}
		}
	}
}

func (a *artifacts) together() {
	content := sized(50_000)
	digest := digestOf(content)
	errs := together(func(i int, _ *subject) error {
		for range 10 {
			if _, err := a.store.Put(context.Background(), bytes.NewReader(content)); err != nil {
				return err
			}
			got, err := a.read(digest)
			switch {
			case err == nil && !bytes.Equal(got, content):
				return fmt.Errorf("%d bytes came without an error", len(got))
			case err != nil && !errors.Is(err, store.ErrNotFound): // another one may have deleted it
				return err
			}
			if i%4 == 0 {
				if err := a.store.Delete(context.Background(), digest, 0); err != nil && !errors.Is(err, store.ErrYoung) {
					return err
				}
			}
		}
		return nil
	}, nil)
	if err := errors.Join(errs...); err != nil {
		a.Fatalf("%v", err)
	}
}

func (a *artifacts) cancelled() {
	digest := a.put([]byte("content")).Digest
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := a.store.Put(ctx, strings.NewReader("other"))
	a.want(err, context.Canceled)
	_, err = a.store.Open(ctx, digest)
	a.want(err, context.Canceled)
	_, err = a.store.Stat(ctx, digest)
	a.want(err, context.Canceled)
	_, err = a.store.List(ctx, "", 1)
	a.want(err, context.Canceled)
	a.want(a.store.Delete(ctx, digest, 0), context.Canceled)
	if all := a.digests(10); len(all) != 1 {
		a.Fatalf("want the one artifact from before, got %v", all)
	}
}
