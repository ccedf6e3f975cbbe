package penstock

import (
	"context"
	"errors"
	"io"

	"github.com/penstock-dev/penstock/executor"
)

// Zip is an artifact's content as CodePipeline keeps artifacts: a ZIP. Any artifact loads as one: a Tree with all that is in it, anything else as
// the one entry that has the artifact's name, with .json behind it for JSON. What is stored as a Zip is a Tree from then on.
type Zip struct {
	reader  io.ReaderAt
	size    int64
	content *content
}

// ZipFrom is a ZIP of size bytes to be stored, as a Tree with the limits of one: ErrInvalid for what is no ZIP, is encrypted, or has entries that
// no Tree has or that would lie outside; ErrLimitExceeded beyond the limits. Directories may be left out of it, and so may permissions: files are
// then rw-r--r--, directories rwxr-xr-x. Its entries may be in any order.
func ZipFrom(r io.ReaderAt, size int64) Zip { return Zip{reader: r, size: size} }

// Open reads a Zip that was loaded. The same artifact always gives the same bytes: entries in the order of their names, without times and
// without compression, whose bytes would be those of one compressor. All of the content was verified when Open answers: ErrInternal, it was
// damaged; ErrUnavailable, the store failed. The size is what Seek to the end answers. The reader is for one goroutine, and the caller
// closes it.
func (z Zip) Open(ctx context.Context) (io.ReadSeekCloser, error) {
	if z.content == nil {
		return nil, errNotLoaded
	}
	name := z.content.artifact.Name
	plan, err := z.content.planZip(ctx)
	if err != nil {
		code := treeCode(err)
		return nil, artifactError("zip", name, code, "%w", err)
	}
	return &zipReader{ctx: ctx, content: z.content, plan: plan}, nil
}

// Digest is that of the artifact that a Zip was loaded from: sha256: and 64 hexadecimal digits.
func (z Zip) Digest() string {
	if z.content == nil {
		return ""
	}
	return z.content.artifact.Digest
}

// putZip stores a ZIP as the tree that is in it. Nothing is written to disk in between.
func (r *taskRun) putZip(ctx context.Context, name string, z Zip) (executor.Artifact, error) {
	if z.reader == nil {
		return executor.Artifact{}, artifactError("store", name, ErrInvalid, "the zero Zip has no content; use ZipFrom")
	}
	reader, writer := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		err := packZip(ctx, writer, z.reader, z.size, treeBounds)
		writer.CloseWithError(err)
		packed <- err
	}()
	a, err := r.putStream(ctx, name, mediaTree, reader)
	_ = reader.Close() // ends packZip when the store gave up
	if problem := <-packed; isTreeProblem(problem) || errors.Is(problem, errZip) {
		code := treeCode(problem)
		if code == ErrUnavailable || code == ErrInternal {
			code = ErrInvalid
		}
		return executor.Artifact{}, artifactError("store", name, code, "%w", problem)
	}
	return a, err
}
