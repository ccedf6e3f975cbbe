package memory

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/penstock-dev/penstock/store"
)

// ArtifactOptions of Artifacts; nil and zero are useful.
type ArtifactOptions struct {
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Limit is the most bytes of one artifact, default 256 MiB.
	Limit int
	// Capacity is the most bytes of all artifacts together, default 1 GiB.
	Capacity int64
}

// Artifacts keeps artifacts for as long as the process lives. Use NewArtifacts.
type Artifacts struct {
	now      func() time.Time
	limit    int
	capacity int64

	mu      sync.Mutex // guards everything below
	used    int64      // bytes
	blobs   map[string]*blob
	digests []string // sorted
}

// blob is content, which never changes, and when it was put, which does.
type blob struct {
	content []byte
	put     time.Time
}

var _ store.ArtifactStore = (*Artifacts)(nil)

// NewArtifacts makes an empty store.
func NewArtifacts(opts *ArtifactOptions) *Artifacts {
	if opts == nil {
		opts = &ArtifactOptions{}
	}
	a := &Artifacts{now: clock(opts.Now), limit: opts.Limit, capacity: opts.Capacity, blobs: map[string]*blob{}}
	if a.limit <= 0 {
		a.limit = 256 << 20
	}
	if a.capacity <= 0 {
		a.capacity = 1 << 30
	}
	return a
}

// Put reads the whole content before it takes the mutex.
func (a *Artifacts) Put(ctx context.Context, content io.Reader) (store.Blob, error) {
	var buf bytes.Buffer
	sum := sha256.New()
	limited := io.LimitReader(bound{ctx, content}, int64(a.limit)+1)
	if _, err := io.Copy(io.MultiWriter(&buf, sum), limited); err != nil {
		return store.Blob{}, fmt.Errorf("store: put artifact: %w", err)
	}
	if buf.Len() > a.limit {
		return store.Blob{}, &store.TooLarge{What: "artifact", Limit: a.limit}
	}
	if err := ctx.Err(); err != nil {
		return store.Blob{}, err
	}
	return a.keep(store.Digest(sum), buf.Bytes())
}

func (a *Artifacts) keep(digest string, content []byte) (store.Blob, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.blobs[digest]
	if b == nil {
		if a.used+int64(len(content)) > a.capacity {
			return store.Blob{}, fmt.Errorf("%w: all artifacts together are over the capacity of %d bytes", store.ErrFull, a.capacity)
		}
		b = &blob{content: content}
		a.blobs[digest] = b
		a.used += int64(len(content))
		i, _ := slices.BinarySearch(a.digests, digest)
		a.digests = slices.Insert(a.digests, i, digest)
	}
	b.put = a.now().UTC()
	return b.describe(digest), nil
}

// Open verifies what it hands out, as every driver does.
func (a *Artifacts) Open(ctx context.Context, digest string) (io.ReadCloser, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, err := a.find(ctx, digest)
	if err != nil {
		return nil, err
	}
	return store.Verify(digest, io.NopCloser(bound{ctx, bytes.NewReader(b.content)})), nil
}

// Stat describes content.
func (a *Artifacts) Stat(ctx context.Context, digest string) (store.Blob, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b, err := a.find(ctx, digest)
	if err != nil {
		return store.Blob{}, err
	}
	return b.describe(digest), nil
}

// Delete removes content; readers that are open go on.
func (a *Artifacts) Delete(ctx context.Context, digest string, grace time.Duration) error {
	if err := check(ctx, digest); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.blobs[digest]
	if b == nil {
		return nil
	}
	if until := b.put.Add(grace); a.now().Before(until) {
		return fmt.Errorf("%w: %s, until %s", store.ErrYoung, digest, until.Format(time.RFC3339))
	}
	a.used -= int64(len(b.content))
	delete(a.blobs, digest)
	i, _ := slices.BinarySearch(a.digests, digest)
	a.digests = slices.Delete(a.digests, i, i+1)
	return nil
}

// List pages by digest.
func (a *Artifacts) List(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	rest := a.digests[sort.Search(len(a.digests), func(i int) bool { return a.digests[i] > after }):]
	rest = rest[:min(len(rest), store.PageLimit(limit))]
	out := make([]store.Blob, len(rest))
	for i, digest := range rest {
		out[i] = a.blobs[digest].describe(digest)
	}
	return out, nil
}

// find is called with the mutex held.
func (a *Artifacts) find(ctx context.Context, digest string) (*blob, error) {
	if err := check(ctx, digest); err != nil {
		return nil, err
	}
	if b := a.blobs[digest]; b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: artifact %s", store.ErrNotFound, digest)
}

func (b *blob) describe(digest string) store.Blob {
	return store.Blob{Digest: digest, Size: int64(len(b.content)), Put: b.put}
}

func check(ctx context.Context, digest string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return store.CheckDigest(digest)
}

// bound is a reader that ends with its context.
type bound struct {
	ctx context.Context
	io.Reader
}

// Read asks the context before each read.
func (b bound) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Reader.Read(p)
}
