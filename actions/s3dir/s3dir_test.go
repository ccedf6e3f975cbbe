package s3dir_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/s3dir"
)

// bench is an engine with a directory of buckets.
type bench struct {
	*penstock.Engine
	t    *testing.T
	root string
	poll *s3dir.Poller
}

func newBench(t *testing.T) *bench {
	var actions penstock.Actions
	b := &bench{t: t, root: t.TempDir()}
	s3dir.Register(&actions, s3dir.Options{Root: b.root})
	var err error
	b.Engine, err = penstock.NewEngine(penstock.Config{Actions: &actions})
	require.NoError(t, err)
	b.poll = &s3dir.Poller{Options: s3dir.Options{Root: b.root}, Engine: b.Engine}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ended)
	})
	return b
}

// put renames a finished object into its place.
func (b *bench) put(name string, data []byte) {
	b.t.Helper()
	file := filepath.Join(b.root, name)
	require.NoError(b.t, os.MkdirAll(filepath.Dir(file), 0o755))
	beside := filepath.Join(b.t.TempDir(), "object")
	require.NoError(b.t, os.WriteFile(beside, data, 0o644))
	require.NoError(b.t, os.Rename(beside, file))
}

func (b *bench) get(name string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join(b.root, name))
	require.NoError(b.t, err)
	return string(data)
}

// release takes in/app.zip and puts it as the deployment says.
func release(source s3dir.Source, deployments ...s3dir.Deploy) penstock.Pipeline {
	app := penstock.NewArtifact[penstock.Tree]("app")
	source.Bucket, source.Object = "in-bucket", app.Out()
	if source.Key == "" {
		source.Key = "app.zip"
	}
	var deploys []penstock.Node
	for i, d := range deployments {
		d.Bucket, d.Inputs = "out-bucket", []penstock.Input[penstock.Tree]{app.In()}
		deploys = append(deploys, penstock.NewAction("Put"+string(rune('A'+i)), d))
	}
	return penstock.NewPipeline("shop",
		penstock.NewStage("Source", penstock.NewAction("Fetch", source)),
		penstock.NewStage("Deploy", deploys...),
	)
}

// run applies a pipeline and waits for its first execution.
func (b *bench) run(p penstock.Pipeline) penstock.Execution {
	b.t.Helper()
	applied, err := b.Apply(b.t.Context(), p)
	require.NoError(b.t, err)
	return b.wait(applied.Execution)
}

func (b *bench) wait(execution string) penstock.Execution {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.t.Context(), time.Minute)
	defer stop()
	x, err := b.Wait(ctx, "shop", execution)
	require.NoError(b.t, err)
	return x
}

type entry struct {
	name, text string
	mode       fs.FileMode
}

func zipped(t *testing.T, entries ...entry) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, e := range entries {
		header := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		header.SetMode(e.mode)
		to, err := w.CreateHeader(header)
		require.NoError(t, err)
		_, err = io.WriteString(to, e.text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return out.Bytes()
}

func unzipped(t *testing.T, data string) (out []entry) {
	r, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, f := range r.File {
		in, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		out = append(out, entry{f.Name, string(text), f.Mode()})
	}
	return out
}

func TestAnObjectIsFetchedAndPut(t *testing.T) {
	b := newBench(t)
	b.put("in-bucket/app.zip", zipped(t, entry{"bin/run", "#!", 0o755}, entry{"./readme", "read me", 0o600}, entry{"latest", "readme", fs.ModeSymlink | 0o777}))
	x := b.run(release(s3dir.Source{},
		s3dir.Deploy{Extract: new(true), Key: "site/"}, s3dir.Deploy{Extract: new(true)}, s3dir.Deploy{Extract: new(false), Key: "old/{uuid}.zip"}, s3dir.Deploy{Extract: new(false), Key: "again.zip"}))
	require.Equal(t, penstock.StatusSucceeded, x.Status, x.Summary)
	for _, prefix := range []string{"out-bucket/", "out-bucket/site/"} {
		require.Equal(t, "#!", b.get(prefix+"bin/run"))
		require.Equal(t, "read me", b.get(prefix+"readme"))
		require.Equal(t, "read me", b.get(prefix+"latest"), "a link is what it leads to")
	}
	again := b.get("out-bucket/again.zip")
	require.Equal(t, []entry{{"bin/", "", fs.ModeDir | 0o755}, {"bin/run", "#!", 0o755}, {"latest", "readme", fs.ModeSymlink | 0o777}, {"readme", "read me", 0o644}}, unzipped(t, again))
	page, err := b.ActionExecutions(t.Context(), penstock.ActionExecutionQuery{Pipeline: "shop", Execution: x.ID})
	require.NoError(t, err)
	put := page.Actions[1]
	require.Equal(t, again, b.get("out-bucket/old/"+put.ID+".zip"), "the same tree is the same ZIP")
	require.Equal(t, "Deployment Succeeded: 1 in out-bucket/old/"+put.ID+".zip", put.Summary)
	fetch := page.Actions[4]
	require.Equal(t, "Amazon S3 version id: "+x.Revisions["Fetch"].ID, fetch.Summary)
	require.Equal(t, map[string]string{
		"BucketName": "in-bucket", "ObjectKey": "app.zip", "VersionId": x.Revisions["Fetch"].ID, "ETag": fetch.Variables["ETag"],
	}, fetch.Variables)
	left, err := os.ReadDir(filepath.Join(b.root, ".penstock"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestWhatIsNoZipIsATreeOfOneFile(t *testing.T) {
	b := newBench(t)
	b.put("in-bucket/notes/today.txt", []byte("PK is not enough"))
	x := b.run(release(s3dir.Source{Key: "notes/today.txt"}, s3dir.Deploy{Extract: new(true)}))
	require.Equal(t, penstock.StatusSucceeded, x.Status, x.Summary)
	require.Equal(t, "PK is not enough", b.get("out-bucket/today.txt"))
}

func TestObjectsThatCannotBeTaken(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for _, test := range []struct {
		name   string
		object []byte
		says   string
	}{
		{"none", nil, "there is no object in-bucket/app.zip"},
		{"a cut ZIP", zipped(t, entry{"a", "text", 0o644})[:20], "begins as a ZIP and is none"},
		{"a step up", zipped(t, entry{"../a", "text", 0o644}), "does not stay inside"},
		{"an absolute name", zipped(t, entry{"/a", "text", 0o644}), "does not stay inside"},
		{"a name for Windows", zipped(t, entry{`..\a`, "text", 0o644}), "does not stay inside"},
		{"a name twice", zipped(t, entry{"a", "1", 0o644}, entry{"a", "2", 0o644}), "it is there twice"},
		{"a file below a file", zipped(t, entry{"a", "1", 0o644}, entry{"a/b", "2", 0o644}), "entry \"a/b\""},
		{"a file through a link", zipped(t, entry{"a", filepath.Dir(outside), fs.ModeSymlink | 0o777}, entry{"a/outside", "2", 0o644}), "entry \"a/outside\""},
		{"a link outside", zipped(t, entry{"a", outside, fs.ModeSymlink | 0o777}), "leads outside"},
		{"a device", zipped(t, entry{"a", "", fs.ModeDevice | 0o644}), "neither a file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if test.object != nil {
				b.put("in-bucket/app.zip", test.object)
			}
			x := b.run(release(s3dir.Source{}, s3dir.Deploy{Extract: new(true)}))
			require.Equal(t, penstock.StatusFailed, x.Status)
			require.Contains(t, x.Summary, test.says)
			require.NoFileExists(t, outside)
		})
	}
}

func TestKeysThatNoDirectoryHas(t *testing.T) {
	for _, key := range []string{"../out", "a//b", "/etc", "a/../../b", ".", "a/./b"} {
		t.Run(key, func(t *testing.T) {
			b := newBench(t)
			x := b.run(release(s3dir.Source{Key: key}, s3dir.Deploy{Extract: new(true)}))
			require.Equal(t, penstock.StatusFailed, x.Status)
			require.Contains(t, x.Summary, "cannot be the key of an object")
		})
	}
}

func TestAStartMayNameAVersionOrAKey(t *testing.T) {
	b := newBench(t)
	b.put("in-bucket/app.zip", []byte("one"))
	b.put("in-bucket/other.zip", []byte("two"))
	x := b.run(release(s3dir.Source{AllowKeyOverride: true}, s3dir.Deploy{Extract: new(true)}))
	for _, test := range []struct {
		name, value string
		of          penstock.RevisionType
		status      penstock.Status
	}{
		{"the version that is there", x.Revisions["Fetch"].ID, penstock.S3ObjectVersionID, penstock.StatusSucceeded},
		{"another version", "0123456789", penstock.S3ObjectVersionID, penstock.StatusFailed},
		{"another key", "other.zip", penstock.S3ObjectKey, penstock.StatusSucceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			reply, err := b.Do(t.Context(), penstock.StartExecution{Pipeline: "shop", Sources: []penstock.SourceRevision{{Action: "Fetch", Type: test.of, Value: test.value}}})
			require.NoError(t, err)
			x := b.wait(reply.Execution)
			require.Equal(t, test.status, x.Status, x.Summary)
		})
	}
	require.Equal(t, "two", b.get("out-bucket/other.zip"))
}
