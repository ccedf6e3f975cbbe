package penstock

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/executor"
	"github.com/penstock-dev/penstock/store/memory"
)

// zipOf makes a ZIP as other programs do.
func zipOf(t testing.TB, headers ...zippedFile) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, h := range headers {
		entry := zip.FileHeader{Name: h.name, Method: zip.Deflate}
		if h.mode != 0 {
			entry.SetMode(h.mode)
		}
		to, err := w.CreateHeader(&entry)
		require.NoError(t, err)
		_, err = io.WriteString(to, h.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

type zippedFile struct {
	name, content string
	mode          fs.FileMode
}

func zipRun() *taskRun {
	return &taskRun{task: &executor.Task{}, host: taskHost{artifacts: memory.NewArtifacts(nil)}}
}

// keepZip stores a ZIP and loads what became of it.
func keepZip(t testing.TB, run *taskRun, data []byte) error {
	t.Helper()
	a, err := run.put(t.Context(), "code", ZipFrom(strict{bytes.NewReader(data)}, int64(len(data))))
	a.Name = "code"
	run.task.Inputs = []executor.Artifact{a}
	return err
}

func zipped(t testing.TB, run *taskRun) io.ReadSeekCloser {
	t.Helper()
	var z Zip
	require.NoError(t, run.load(t.Context(), "code", &z))
	r, err := z.Open(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	return r
}

func TestAZipIsATree(t *testing.T) {
	run := zipRun()
	large := strings.Repeat("penstock ", 100_000)
	data := zipOf(t,
		zippedFile{"web/z.txt", large, 0o600}, zippedFile{"./web/", "", fs.ModeDir | 0o750}, zippedFile{"./", "", 0}, zippedFile{"a/b/é.txt", "deep", 0},
		zippedFile{"run", "#!/bin/sh\n", 0o755}, zippedFile{"web/link", "../a/b", fs.ModeSymlink | 0o777}, zippedFile{"empty", "", 0o644},
	)
	require.NoError(t, keepZip(t, run, data))
	var tree Tree
	require.NoError(t, run.load(t.Context(), "code", &tree))
	dir := filepath.Join(t.TempDir(), "tree")
	require.NoError(t, tree.Unpack(t.Context(), dir))
	content, err := os.ReadFile(filepath.Join(dir, "web/z.txt"))
	require.NoError(t, err)
	require.Equal(t, large, string(content))
	for name, mode := range map[string]fs.FileMode{"run": 0o755, "web": fs.ModeDir | 0o750, "a/b": fs.ModeDir | 0o755, "a/b/é.txt": 0o644, "web/z.txt": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, mode, info.Mode(), name)
	}
	again, err := run.put(t.Context(), "code", TreeAt(dir))
	require.NoError(t, err)
	require.Equal(t, tree.Digest(), again.Digest, "the tree in a ZIP is the same as the tree on disk")

	whole, err := io.ReadAll(zipped(t, run))
	require.NoError(t, err)
	r, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	require.NoError(t, err)
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		in, err := f.Open()
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, in)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"a/", "a/b/", "a/b/é.txt", "empty", "run", "web/", "web/link", "web/z.txt"}, names)
	require.NoError(t, keepZip(t, run, whole))
	require.Equal(t, tree.Digest(), run.task.Inputs[0].Digest, "there and back")
	require.NoError(t, iotest.TestReader(zipped(t, run), whole), "from anywhere")
}

func TestOtherArtifactsAreZipsOfOneEntry(t *testing.T) {
	for name, test := range map[string]struct {
		content any
		entry   string
		want    string
	}{
		"JSON": {map[string]int{"n": 1}, "code.json", `{"n":1}`},
		"file": {FileFrom(strings.NewReader(strings.Repeat("x", 9000))), "code", strings.Repeat("x", 9000)},
	} {
		t.Run(name, func(t *testing.T) {
			run := zipRun()
			a, err := run.put(t.Context(), "code", test.content)
			require.NoError(t, err)
			a.Name = "code"
			run.task.Inputs = []executor.Artifact{a}
			whole, err := io.ReadAll(zipped(t, run))
			require.NoError(t, err)
			r, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
			require.NoError(t, err)
			require.Len(t, r.File, 1)
			content, err := fs.ReadFile(r, test.entry)
			require.NoError(t, err)
			require.Equal(t, test.want, string(content))
			var same Zip
			require.NoError(t, run.load(t.Context(), "code", &same))
			again, err := run.put(t.Context(), "code", same)
			require.NoError(t, err)
			require.Equal(t, a.Digest, again.Digest, "what was taken in is put out as it is")
		})
	}
}

func TestHostileZips(t *testing.T) {
	good := zipOf(t, zippedFile{"a", strings.Repeat("content", 100), 0o644})
	patch := func(from, to string) []byte { return bytes.ReplaceAll(good, []byte(from), []byte(to)) }
	many := make([]zippedFile, treeBounds.entries+1)
	for i := range many {
		many[i].name = strings.Repeat("d", i%200+1) + "/" + strings.Repeat("f", i/200+1)
	}
	directory := func(n int) []byte { // more central directory than a tree could need, with a count that does not tell
		var body []byte
		for range n {
			entry := make([]byte, 46+200)
			copy(entry, "PK\x01\x02")
			entry[28] = 200
			body = append(body, entry...)
		}
		end := make([]byte, 22)
		copy(end, "PK\x05\x06")
		return append(body, end...)
	}
	large := bytes.Clone(good)
	copy(large[bytes.Index(large, []byte("PK\x01\x02"))+24:], []byte{0xf0, 0xff, 0xff, 0xff})
	for name, test := range map[string]struct {
		data []byte
		want Code
	}{
		"nothing":            {nil, ErrInvalid},
		"text":               {[]byte("hello"), ErrInvalid},
		"cut":                {good[:len(good)-30], ErrInvalid},
		"parent":             {zipOf(t, zippedFile{"../x", "x", 0}), ErrInvalid},
		"parent within":      {zipOf(t, zippedFile{"a/../../x", "x", 0}), ErrInvalid},
		"absolute":           {zipOf(t, zippedFile{"/x", "x", 0}), ErrInvalid},
		"no name":            {zipOf(t, zippedFile{"/", "", 0}), ErrInvalid},
		"NUL":                {zipOf(t, zippedFile{"a\x00b", "x", 0}), ErrInvalid},
		"no UTF-8":           {zipOf(t, zippedFile{"a\xff", "x", 0}), ErrInvalid},
		"twice":              {zipOf(t, zippedFile{"a", "x", 0}, zippedFile{"./a", "y", 0}), ErrInvalid},
		"file and directory": {zipOf(t, zippedFile{"a", "x", 0}, zippedFile{"a/b", "y", 0}), ErrInvalid},
		"below a link":       {zipOf(t, zippedFile{"a", "b", fs.ModeSymlink | 0o777}, zippedFile{"a/b", "y", 0}), ErrInvalid},
		"link out":           {zipOf(t, zippedFile{"a", "../b", fs.ModeSymlink | 0o777}), ErrInvalid},
		"link to the root":   {zipOf(t, zippedFile{"a", "/etc", fs.ModeSymlink | 0o777}), ErrInvalid},
		"device":             {zipOf(t, zippedFile{"a", "", fs.ModeDevice | 0o644}), ErrInvalid},
		"pipe":               {zipOf(t, zippedFile{"a", "", fs.ModeNamedPipe | 0o644}), ErrInvalid},
		"damage":             {patch("PK\x01\x02", "PK\x01\x03"), ErrInvalid},
		"encrypted":          {append([]byte{}, encrypt(good)...), ErrInvalid},
		"long path":          {zipOf(t, zippedFile{strings.Repeat("a/", 20) + strings.Repeat("b", 300), "x", 0}), ErrLimitExceeded},
		"deep":               {zipOf(t, zippedFile{strings.Repeat("a/", 200) + "b", "x", 0}), ErrLimitExceeded},
		"many":               {zipOf(t, many...), ErrLimitExceeded},
		"a long directory":   {directory(zipDirectory / 200), ErrLimitExceeded},
		"a size that lies":   {large, ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			err := keepZip(t, zipRun(), test.data)
			require.Equal(t, test.want, CodeOf(err), "%v", err)
		})
	}
}

// encrypt sets the bit that says so.
func encrypt(data []byte) []byte {
	out := bytes.Clone(data)
	out[bytes.Index(out, []byte("PK\x01\x02"))+8] |= 1
	return out
}

// strict is content whose owner never looks before its start.
type strict struct{ *bytes.Reader }

// ReadAt panics where a file answers an error.
func (s strict) ReadAt(p []byte, at int64) (int, error) {
	if at < 0 {
		panic("before the start")
	}
	return s.Reader.ReadAt(p, at)
}

func TestAZipWithoutItsMiddle(t *testing.T) {
	whole := zipOf(t, zippedFile{"a", string(make([]byte, 1<<20)), 0}, zippedFile{"b", "b", 0})
	data := append(bytes.Clone(whole[:100]), whole[400:]...)
	_, err := zipRun().put(t.Context(), "code", ZipFrom(strict{bytes.NewReader(data)}, int64(len(data))))
	require.Equal(t, ErrInvalid, CodeOf(err), "%v", err)
}

func TestZipsThatAreTooLarge(t *testing.T) {
	data := zipOf(t, zippedFile{"a", strings.Repeat("\x00", 2000), 0}, zippedFile{"b", strings.Repeat("\x00", 2000), 0})
	limits := treeLimits{entries: 10, bytes: 4000, path: 100, depth: 4}
	pack := func() error {
		return packZip(t.Context(), io.Discard, bytes.NewReader(data), int64(len(data)), limits)
	}
	require.NoError(t, pack())
	limits.bytes--
	require.ErrorIs(t, pack(), errTreeLarge)
	limits.bytes, limits.entries = math.MaxInt64, 1
	require.ErrorIs(t, pack(), errTreeMany)
	limits.entries = 2
	data = zipOf(t, zippedFile{"a/b/c", "x", 0})
	require.ErrorIs(t, pack(), errTreeMany, "directories count that are not in it")
}

func TestAZipOfDamage(t *testing.T) {
	run := zipRun()
	require.NoError(t, keepZip(t, run, zipOf(t, zippedFile{"a", strings.Repeat("x", 9000), 0})))
	var z Zip
	require.NoError(t, run.load(t.Context(), "code", &z))
	z.content.artifact.Inline = bytes.Repeat([]byte{0}, int(z.content.artifact.Size))
	_, err := z.Open(t.Context())
	require.Equal(t, ErrInternal, CodeOf(err), "%v", err)
	_, err = Zip{}.Open(t.Context())
	require.Equal(t, ErrFailedPrecondition, CodeOf(err))
	require.Equal(t, ErrInvalid, CodeOf(func() error { _, err := run.put(context.Background(), "code", Zip{}); return err }()))
}

// FuzzPackZip: whatever somebody puts is refused, or is a tree that unpacks and is the same ZIP ever after.
func FuzzPackZip(f *testing.F) {
	f.Add(zipOf(f, zippedFile{"a/b", "content", 0o755}, zippedFile{"a/l", "b", fs.ModeSymlink | 0o777}))
	f.Add(zipOf(f, zippedFile{"../b", "content", 0o755}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		run := zipRun()
		if err := keepZip(t, run, data); err != nil {
			require.Contains(t, []Code{ErrInvalid, ErrLimitExceeded}, CodeOf(err), "%v", err)
			return
		}
		var tree Tree
		require.NoError(t, run.load(t.Context(), "code", &tree))
		parent, into := canary(t)
		before := outside(t, parent)
		require.NoError(t, tree.Unpack(t.Context(), into))
		requireInside(t, into)
		require.Equal(t, before, outside(t, parent))
		whole, err := io.ReadAll(zipped(t, run))
		require.NoError(t, err)
		require.NoError(t, keepZip(t, run, whole))
		require.Equal(t, tree.Digest(), run.task.Inputs[0].Digest)
	})
}
