package penstock

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/store"
)

// Tree is an artifact's content as a directory: files with their permissions, directories, and symbolic links that stay inside. It has up to
// 100 000 entries and 8 GiB, is up to 128 directories deep, and has paths up to 4096 bytes of UTF-8; anything else in a directory is refused.
// Times and owners are not kept, so that the same tree always has the same digest.
type Tree struct {
	dir     string
	content *content
}

// TreeAt is a directory to be stored: it is read by Output.Store and must not change meanwhile.
func TreeAt(dir string) Tree { return Tree{dir: dir} }

// Unpack writes a Tree that was loaded into dir, which must be empty or absent. Everything there is the caller's own, to be changed at
// will. Nothing is written outside dir, and nothing stays in it when Unpack fails: ErrInvalid, a tree that Store would not have made;
// ErrLimitExceeded, one beyond the limits of a Tree; ErrFailedPrecondition, dir has something in it; ErrInternal, damaged content;
// ErrUnavailable, the disk or the store failed.
func (t Tree) Unpack(ctx context.Context, dir string) error { return t.unpack(ctx, dir, nil) }

// UnpackReadOnly is Unpack for a caller that changes no file in place: no file gets a write permission. Directories are the caller's own,
// so files may be added, removed, renamed, and replaced by new ones.
//
// An artifact store that is a store.Linker hands the files on by hard links, and writes only those that it did not keep yet. A file is compared with
// the tree's content just before it is linked, so what somebody has changed in place is never handed on. Yet a process that runs as root, or
// that gives itself the permission, can change a file that others have open at the same time: use Unpack for code that may.
func (t Tree) UnpackReadOnly(ctx context.Context, dir string) error {
	if t.content == nil {
		return errNotLoaded
	}
	linker, _ := t.content.store.(store.Linker)
	return t.unpack(ctx, dir, &sharing{linker: linker, tree: t.Digest()})
}

func (t Tree) unpack(ctx context.Context, dir string, share *sharing) error {
	if t.content == nil {
		return errNotLoaded
	}
	stream, err := t.content.open(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	if err := unpack(ctx, stream, dir, treeBounds, share); err != nil {
		if isTreeProblem(err) { // is it damaged, or was it made so? The end of the stream tells
			if _, end := io.Copy(io.Discard, stream); errors.Is(end, store.ErrCorrupt) {
				err = end
			}
		}
		return artifactError("unpack", t.content.artifact.Name, treeCode(err), "%w", err)
	}
	return nil
}

// Digest is sha256: and 64 hexadecimal digits of a Tree that was loaded: the same for the same tree.
func (t Tree) Digest() string {
	if t.content == nil {
		return ""
	}
	return t.content.artifact.Digest
}

// What can be wrong with a tree.
var (
	errTreePath     = errors.New("the path is not plainly inside")
	errTreeKind     = errors.New("it is neither a file, a directory nor a symbolic link")
	errTreeMode     = errors.New("it has more than read, write and execute permissions")
	errTreeLink     = errors.New("the symbolic link leads outside, or not plainly inside")
	errTreeOrder    = errors.New("it is there twice or out of order, or its directory is missing")
	errTreeExtra    = errors.New("it has attributes, or a form, that no tree has")
	errTreeCut      = errors.New("the tree ends too early")
	errTreeBehind   = errors.New("the tree goes on behind its end")
	errTreeMany     = errors.New("the tree has too many entries")
	errTreeLarge    = errors.New("the tree is too large")
	errTreeLongPath = errors.New("the path is too long")
	errTreeDeep     = errors.New("the tree is too deep")
	errTreeNotEmpty = errors.New("the directory is not empty")
)

// isTreeProblem says whether it is the tree that is wrong, not the disk, the store or the moment.
func isTreeProblem(err error) bool {
	return slices.ContainsFunc([]error{
		errTreePath, errTreeKind, errTreeMode, errTreeLink, errTreeOrder, errTreeExtra, errTreeCut, errTreeBehind,
		errTreeMany, errTreeLarge, errTreeLongPath, errTreeDeep,
		tar.ErrHeader, tar.ErrFieldTooLong, tar.ErrInsecurePath, io.ErrUnexpectedEOF,
	}, func(problem error) bool { return errors.Is(err, problem) })
}

// treeCode is what a caller of Unpack or Store can act on.
func treeCode(err error) Code {
	switch {
	case errors.Is(err, errTreeMany), errors.Is(err, errTreeLarge), errors.Is(err, errTreeLongPath), errors.Is(err, errTreeDeep):
		return ErrLimitExceeded
	case errors.Is(err, errTreeNotEmpty):
		return ErrFailedPrecondition
	case errors.Is(err, store.ErrCorrupt):
		return ErrInternal
	case isTreeProblem(err):
		return ErrInvalid
	default:
		return ErrUnavailable
	}
}

// treeLimits bound what a tree may make of a disk.
type treeLimits struct {
	entries int
	bytes   int64
	path    int // bytes, of a path and of what a link leads to
	depth   int // directories above an entry
}

var treeBounds = treeLimits{entries: 100_000, bytes: 8 << 30, path: 4096, depth: 128}

// maxTreeName is how many bytes one name has on every common file system.
const maxTreeName = 255

// spend takes one entry off what is left.
func (l *treeLimits) spend(name string, size int64) error {
	l.entries--
	base := len(name) - 1 - strings.LastIndexByte(name, '/')
	switch {
	case l.entries < 0:
		return errTreeMany
	case size > l.bytes:
		return errTreeLarge
	case len(name) > l.path || base > maxTreeName:
		return errTreeLongPath
	case strings.Count(name, "/") > l.depth:
		return errTreeDeep
	}
	l.bytes -= size
	return nil
}

// checkPath refuses a path that is not plainly inside, also for what this system makes of it.
func checkPath(name string) error {
	if _, err := filepath.Localize(name); err != nil || name == "." { // as fs.ValidPath, and more
		return errTreePath
	}
	return nil
}

// checkLink refuses a symbolic link that could lead outside. Steps up are allowed at the start only: after the name of another link
// they would start from wherever that one leads.
func checkLink(name, target string, limits *treeLimits) error {
	rest := target
	for strings.HasPrefix(rest, "../") {
		rest = rest[len("../"):]
	}
	up := strings.Contains("/"+rest+"/", "/../") && rest != ".."
	switch {
	case len(target) > limits.path:
		return errTreeLongPath
	case target == "" || path.IsAbs(target) || strings.ContainsAny(target, "\\\x00") || up || !fs.ValidPath(path.Join(path.Dir(name), target)):
		return fmt.Errorf("%w: to %.80q", errTreeLink, target)
	default:
		return nil
	}
}

// treeEntryError says where in a tree something was wrong; a path may be long and may be anything.
func treeEntryError(name string, err error) error { return fmt.Errorf("entry %.80q: %w", name, err) }

// putTree packs and stores at once: nothing is kept on disk in between.
func (r *taskRun) putTree(ctx context.Context, name string, t Tree) (executor.Artifact, error) {
	root, err := os.OpenRoot(t.dir)
	if err != nil {
		return executor.Artifact{}, artifactError("store", name, ErrInvalid, "%w", err)
	}
	defer root.Close()
	reader, writer := io.Pipe()
	packed := make(chan struct{})
	go func() {
		defer close(packed)
		writer.CloseWithError(pack(ctx, writer, root, treeBounds))
	}()
	a, err := r.putStream(ctx, name, mediaTree, reader)
	_ = reader.Close() // ends pack when the store gave up
	<-packed
	return a, err
}
