package penstock

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/store"
)

// Media types of artifacts.
const (
	mediaJSON = "application/json"
	mediaTree = "application/x-tar"
	mediaFile = "application/octet-stream"
)

// jsonLimit is how many bytes an artifact has that is loaded as a whole, as JSON.
const jsonLimit = 16 << 20

// content is an artifact that can be opened: inline, or in the store.
type content struct {
	artifact executor.Artifact
	store    store.ArtifactStore
}

func artifactError(op, name string, code Code, format string, args ...any) error {
	return &Error{Code: code, Op: op, Path: "artifact " + name, Err: fmt.Errorf(format, args...)}
}

// load puts the content of an input into a *Tree, a *File, a *Zip or a pointer to what its JSON is of.
func (r *taskRun) load(ctx context.Context, name string, into any) error {
	if name == "" {
		return &Error{Code: ErrNotFound, Op: "load artifact", Err: errors.New("the input is not wired"), Hint: "ask Wired first"}
	}
	if r == nil {
		return errNoRun
	}
	i := slices.IndexFunc(r.task.Inputs, func(a executor.Artifact) bool { return a.Name == name })
	if i < 0 {
		return artifactError("load", name, ErrNotFound, "it is not among the inputs of the action")
	}
	c := content{artifact: r.task.Inputs[i], store: r.host.artifacts}
	switch target := into.(type) {
	case *File:
		*target = File{content: &c}
		return nil
	case *Tree:
		if c.artifact.MediaType != mediaTree {
			return artifactError("load", name, ErrInvalid, "it is no tree but %s", c.artifact.MediaType)
		}
		*target = Tree{content: &c}
		return nil
	case *Zip:
		*target = Zip{content: &c}
		return nil
	default:
		return c.decodeJSON(ctx, into)
	}
}

func (c *content) decodeJSON(ctx context.Context, into any) error {
	name := c.artifact.Name
	if c.artifact.MediaType != mediaJSON {
		return artifactError("load", name, ErrInvalid, "it is no JSON but %s", c.artifact.MediaType)
	}
	data, err := c.bytes(ctx)
	if err != nil {
		return err
	}
	if err := unmarshalValue(data, into); err != nil {
		return artifactError("load", name, ErrInvalid, "it is no %T: %w", into, err)
	}
	return nil
}

func (c *content) inline() bool { return int64(len(c.artifact.Inline)) == c.artifact.Size }

// bytes is the whole content, verified.
func (c *content) bytes(ctx context.Context) ([]byte, error) {
	if c.inline() {
		return c.artifact.Inline, nil // it lies in the same record as its digest, which therefore proves nothing
	}
	if c.artifact.Size > jsonLimit {
		return nil, artifactError("load", c.artifact.Name, ErrLimitExceeded, "it has %d bytes; JSON has up to %d: use a File", c.artifact.Size, jsonLimit)
	}
	stream, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	data, err := io.ReadAll(io.LimitReader(stream, jsonLimit+1))
	if err == nil && int64(len(data)) != c.artifact.Size {
		err = fmt.Errorf("%w: %d bytes instead of %d", store.ErrCorrupt, len(data), c.artifact.Size)
	}
	if err != nil {
		return nil, artifactError("load", c.artifact.Name, ErrUnavailable, "%w", err)
	}
	return data, nil
}

// digestOf is store.Digest of content at hand, without its garbage: every small artifact passes here.
func digestOf(data []byte) string {
	const prefix = "sha256:"
	var text [len(prefix) + 2*sha256.Size]byte
	copy(text[:], prefix)
	sum := sha256.Sum256(data)
	hex.Encode(text[len(prefix):], sum[:])
	return string(text[:])
}

// open streams the content. It answers an error instead of io.EOF when that was not what the digest names.
func (c *content) open(ctx context.Context) (io.ReadCloser, error) {
	if c.inline() {
		return store.Verify(c.artifact.Digest, io.NopCloser(bytes.NewReader(c.artifact.Inline))), nil
	}
	if c.store == nil {
		return nil, artifactError("open", c.artifact.Name, ErrFailedPrecondition, "this process has no artifact store")
	}
	stream, err := c.store.Open(ctx, c.artifact.Digest)
	if err != nil {
		return nil, artifactError("open", c.artifact.Name, ErrUnavailable, "%w", err)
	}
	return stream, nil
}

// store puts an output out: a Tree, a File, a Zip, or anything else as JSON.
func (r *taskRun) store(ctx context.Context, name string, value any) error {
	if r == nil {
		return nil
	}
	if !slices.Contains(r.task.Outputs, name) {
		return artifactError("store", name, ErrInvalid, "it is not among the outputs of the action")
	}
	a, err := r.put(ctx, name, value)
	if err != nil {
		return err
	}
	a.Name = name
	return r.addOutput(a)
}

// put makes an artifact of a value.
func (r *taskRun) put(ctx context.Context, name string, value any) (executor.Artifact, error) {
	switch v := value.(type) {
	case Tree:
		if v.content != nil {
			return v.content.artifact, nil // what was taken in is put out as it is
		}
		return r.putTree(ctx, name, v)
	case File:
		switch {
		case v.content != nil:
			return v.content.artifact, nil
		case v.reader == nil:
			return executor.Artifact{}, artifactError("store", name, ErrInvalid, "the zero File has no content; use FileFrom")
		}
		return r.putStream(ctx, name, mediaFile, v.reader)
	case Zip:
		if v.content != nil {
			return v.content.artifact, nil
		}
		return r.putZip(ctx, name, v)
	case *Tree, *File, *Zip:
		return executor.Artifact{}, artifactError("store", name, ErrInvalid, "an artifact is of a Tree, File or Zip, not of a pointer to one")
	default:
		return r.putJSON(ctx, name, v)
	}
}

func (r *taskRun) putJSON(ctx context.Context, name string, value any) (executor.Artifact, error) {
	data, err := marshalValue(value)
	switch {
	case err != nil:
		return executor.Artifact{}, artifactError("store", name, ErrInvalid, "%w", err)
	case len(data) > jsonLimit:
		return executor.Artifact{}, artifactError("store", name, ErrLimitExceeded, "it has %d bytes; JSON has up to %d: use a File", len(data), jsonLimit)
	case len(data) <= executor.InlineLimit:
		return inlineArtifact(mediaJSON, data), nil
	default:
		return r.putStored(ctx, name, mediaJSON, bytes.NewReader(data))
	}
}

func inlineArtifact(mediaType string, data []byte) executor.Artifact {
	return executor.Artifact{Digest: digestOf(data), MediaType: mediaType, Size: int64(len(data)), Inline: data}
}

// putStream keeps what is short inline, and streams what is not.
func (r *taskRun) putStream(ctx context.Context, name, mediaType string, from io.Reader) (executor.Artifact, error) {
	head, err := io.ReadAll(io.LimitReader(from, executor.InlineLimit+1))
	switch {
	case err != nil:
		return executor.Artifact{}, artifactError("store", name, ErrUnavailable, "%w", err)
	case len(head) <= executor.InlineLimit:
		return inlineArtifact(mediaType, head), nil
	default:
		return r.putStored(ctx, name, mediaType, io.MultiReader(bytes.NewReader(head), from))
	}
}

func (r *taskRun) putStored(ctx context.Context, name, mediaType string, from io.Reader) (executor.Artifact, error) {
	if r.host.artifacts == nil {
		return executor.Artifact{}, artifactError("store", name, ErrFailedPrecondition, "it is over %d bytes and this process has no artifact store", executor.InlineLimit)
	}
	blob, err := r.host.artifacts.Put(ctx, from)
	if err != nil {
		return executor.Artifact{}, artifactError("store", name, ErrUnavailable, "%w", err)
	}
	return executor.Artifact{Digest: blob.Digest, MediaType: mediaType, Size: blob.Size}, nil
}

// addOutput keeps an output for the outcome; it is written once.
func (r *taskRun) addOutput(a executor.Artifact) error {
	if err := r.answering(); err != nil {
		return err
	}
	defer r.mu.Unlock()
	if old := r.stored(a.Name); old != nil {
		if old.Digest == a.Digest && old.MediaType == a.MediaType {
			return nil
		}
		return artifactError("store", a.Name, ErrAlreadyExists, "this run has stored it already, with other content")
	}
	r.artifacts = append(r.artifacts, a)
	return nil
}
