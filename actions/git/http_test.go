package git_test

import (
	"encoding/base64"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/actions/git"
)

const token = "t0ken/with+odd:characters"

// server serves a repository over https, to who gives the token.
type server struct {
	*httptest.Server
	options  git.Options
	old      bool // speaks only the first version of the protocol, in which commits have to be advertised
	requests atomic.Int64
}

// gitPrograms is the directory of what git is made of.
var gitPrograms = sync.OnceValues(func() ([]byte, error) { return exec.Command("git", "--exec-path").Output() })

func serve(t *testing.T, r *repo) *server {
	s := &server{}
	programs, err := gitPrograms()
	require.NoError(t, err)
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		s.requests.Add(1)
		if strings.HasPrefix(q.URL.Path, "/moved/") {
			http.Redirect(w, q, strings.TrimPrefix(q.URL.Path, "/moved"), http.StatusMovedPermanently)
			return
		}
		if strings.HasPrefix(q.URL.Path, "/broken/") {
			_, password, _ := q.BasicAuth()
			http.Error(w, "I got "+password, http.StatusInternalServerError)
			return
		}
		if user, password, ok := q.BasicAuth(); !ok || user != "ana" || password != token {
			w.Header().Set("WWW-Authenticate", `Basic realm="shop"`)
			http.Error(w, "who are you? "+q.Header.Get("Authorization")+token, http.StatusUnauthorized)
			return
		}
		handler := cgi.Handler{
			Stderr: io.Discard,
			Path:   filepath.Join(strings.TrimSpace(string(programs)), "git-http-backend"),
			Env:    []string{"GIT_PROJECT_ROOT=" + filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1", "HOME=" + t.TempDir(), "REMOTE_USER=ana"},
		}
		if version := q.Header.Get("Git-Protocol"); version != "" && !s.old {
			handler.Env = append(handler.Env, "GIT_PROTOCOL="+version)
		}
		handler.ServeHTTP(w, q)
	}))
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(ca, certificate, 0o600))
	s.options = git.Options{Cache: t.TempDir(), CAFile: ca}
	return s
}

func (s *server) source() git.Source {
	return git.Source{URL: s.URL + "/shop/.git", Branch: "main", User: "ana", Password: penstock.Secret{Ref: "token"}}
}

// hidden makes sure that the token is nowhere that a release leaves a trace, nor in the cache.
func hidden(t *testing.T, f fetched, o git.Options) {
	texts := []string{f.log, f.Summary, f.action.Summary}
	if f.action.Failure != nil {
		texts = append(texts, f.action.Failure.Message, f.action.Failure.Hint)
	}
	for _, v := range f.action.Variables {
		texts = append(texts, v)
	}
	require.NoError(t, filepath.WalkDir(o.Cache, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			texts = append(texts, string(data))
		}
		return err
	}))
	for _, text := range texts {
		require.NotContains(t, text, token)
		require.NotContains(t, text, base64.StdEncoding.EncodeToString([]byte("ana:"+token)))
	}
}

func TestFetchesOverHTTPS(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("first", map[string]string{"v": "1"})
	second := r.commit("second", map[string]string{"v": "2"})
	for _, test := range []struct {
		name string
		old  bool
		want string
		ask  string
	}{
		{name: "the newest commit", want: second},
		{name: "an older commit", want: first, ask: first},
		{name: "the newest commit of an old server", old: true, want: second},
		{name: "an older commit of an old server", old: true, want: first, ask: first},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, r)
			s.old = test.old
			f := fetch(t, s.options, s.source(), test.ask).succeeded(t)
			require.Equal(t, test.want, f.Revisions["Checkout"].ID)
			require.Equal(t, "shop", f.action.Variables["RepositoryName"])
			require.Equal(t, map[string]string{first: "1", second: "2"}[test.want], f.read(t, "v"))
			hidden(t, f, s.options)

			before := s.requests.Load()
			again := fetch(t, s.options, s.source(), test.want).succeeded(t)
			require.Equal(t, f.digest, again.digest)
			require.Equal(t, before, s.requests.Load(), "what is in the cache is not asked for")
		})
	}
}

func TestFailsOverHTTPS(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("first", nil)
	for _, test := range []struct {
		name   string
		change func(s *git.Source)
		code   penstock.Code
		says   string
	}{
		{"a wrong user", func(s *git.Source) { s.User = "ben" }, penstock.ErrDenied, "could not read Username"},
		{"no password", func(s *git.Source) { s.Password.Ref = "" }, penstock.ErrDenied, "could not read Username"},
		{"no such repository", func(s *git.Source) { s.URL = strings.Replace(s.URL, "shop", "shed", 1) }, penstock.ErrNotFound, "not found"},
		{"no such branch", func(s *git.Source) { s.Branch = "mainly" }, penstock.ErrNotFound, `no branch "mainly"`},
		{"a redirection", func(s *git.Source) { s.URL = strings.Replace(s.URL, "/shop", "/moved/shop", 1) }, penstock.ErrNotFound, "301"},
		{"http", func(s *git.Source) { s.URL = strings.Replace(s.URL, "https", "http", 1) }, penstock.ErrInvalid, "not spoken"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, r)
			source := s.source()
			test.change(&source)
			f := fetch(t, s.options, source, "")
			require.Equal(t, penstock.StatusFailed, f.Status)
			require.Equal(t, string(test.code), f.action.Failure.Code, f.action.Failure.Message)
			require.Contains(t, f.action.Failure.Message, test.says)
			hidden(t, f, s.options)
		})
	}
	t.Run("a server that is not trusted", func(t *testing.T) {
		s := serve(t, r)
		s.options.CAFile = ""
		f := fetch(t, s.options, s.source(), "")
		require.Equal(t, string(penstock.ErrUnavailable), f.action.Failure.Code)
		require.Contains(t, f.action.Failure.Message, "certificate")
	})
}
