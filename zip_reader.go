package penstock

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
)

// zipReader reads a ZIP from anywhere. What is behind a place that it is sought to is made from the start and passed over: content is a stream.
type zipReader struct {
	ctx     context.Context
	content *content
	plan    *zipPlan
	at      int64
	from    *io.PipeReader // makes what is at; nil: nobody does
	ended   chan struct{}  // whoever made it
}

// Seek says where to go on.
func (z *zipReader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += z.at
	case io.SeekEnd:
		offset += z.plan.size
	}
	if offset < 0 || whence < io.SeekStart || whence > io.SeekEnd {
		return z.at, fmt.Errorf("penstock: seek to %d", offset)
	}
	if offset != z.at {
		_ = z.Close()
		z.at = offset
	}
	return offset, nil
}

// Read reads.
func (z *zipReader) Read(p []byte) (int, error) {
	if z.at >= z.plan.size {
		return 0, io.EOF
	}
	if z.from == nil {
		z.begin()
	}
	n, err := z.from.Read(p)
	z.at += int64(n)
	return n, err
}

func (z *zipReader) begin() {
	reader, writer := io.Pipe()
	skip, ended := z.at, make(chan struct{})
	z.from, z.ended = reader, ended
	go func() {
		defer close(ended)
		writer.CloseWithError(z.make(&skipWriter{to: writer, skip: skip}))
	}()
}

func (z *zipReader) make(to io.Writer) error {
	stream, err := z.content.open(z.ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	var files zipSource = oneSource{stream}
	if z.content.artifact.MediaType == mediaTree {
		files = treeSource{tar.NewReader(stream)}
	}
	err = z.plan.write(to, files)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // of the content, not of the ZIP
	}
	return err
}

// Close ends what makes the ZIP. It may be read again.
func (z *zipReader) Close() error {
	if z.from != nil {
		_ = z.from.Close()
		<-z.ended
		z.from = nil
	}
	return nil
}

// skipWriter passes on what is behind the start.
type skipWriter struct {
	to   io.Writer
	skip int64
}

// Write drops what is to be skipped.
func (w *skipWriter) Write(p []byte) (int, error) {
	drop := min(w.skip, int64(len(p)))
	w.skip -= drop
	if drop == int64(len(p)) {
		return len(p), nil
	}
	n, err := w.to.Write(p[drop:])
	return n + int(drop), err
}
