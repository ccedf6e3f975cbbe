package objects

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

// shelf keeps one object.
type shelf struct {
	content string
	err     error
}

type seeker struct{ *strings.Reader }

// Close closes nothing.
func (seeker) Close() error { return nil }

// Open answers the object.
func (s *shelf) Open(context.Context, string, string) (io.ReadSeekCloser, string, error) {
	return seeker{strings.NewReader(s.content)}, "v", s.err
}

// Writable answers the error.
func (s *shelf) Writable(context.Context, string, string) error { return s.err }

// Put keeps the object.
func (s *shelf) Put(_ context.Context, _, _ string, content io.ReaderAt, size int64) error {
	data, err := io.ReadAll(io.NewSectionReader(content, 0, size))
	s.content = string(data)
	return errors.Join(s.err, err)
}

// handler serves a shelf to whoever comes; the form of the body is what the request says.
func handler(s *shelf, scratch *Scratch, now *time.Time) *Handler {
	return &Handler{
		Authenticate: func(r *http.Request) (Session, sigv4.Object, error) {
			query, err := url.ParseQuery(r.URL.RawQuery)
			return Session{s, r.Header.Get("Owner"), now.Add(time.Hour)}, sigv4.Object{Payload: r.Header.Get("X-Amz-Content-Sha256"), Query: query}, err
		},
		Scratch: scratch, MaxObject: 1000, Now: func() time.Time { return *now }, Logger: slog.New(slog.DiscardHandler),
	}
}

func send(h *Handler, method, target string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, body)
	r.Header.Set("X-Amz-Content-Sha256", sigv4.Unsigned)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.Serve(w, r, "id")
	return w
}

func TestBodies(t *testing.T) {
	const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	for name, test := range map[string]struct {
		body    io.Reader
		headers []string
		code    string
	}{
		"unsigned":                 {strings.NewReader("hello"), nil, ""},
		"hashed":                   {strings.NewReader("hello"), []string{"X-Amz-Content-Sha256", hello}, ""},
		"hashed otherwise":         {strings.NewReader("hellO"), []string{"X-Amz-Content-Sha256", hello}, "XAmzContentSHA256Mismatch"},
		"MD5":                      {strings.NewReader("hello"), []string{"Content-Md5", "XUFAKrxLKna5cZ2REBfFkg=="}, ""},
		"another MD5":              {strings.NewReader("hellO"), []string{"Content-Md5", "XUFAKrxLKna5cZ2REBfFkg=="}, "BadDigest"},
		"CRC64NVME":                {strings.NewReader("123456789"), []string{"X-Amz-Checksum-Crc64nvme", "rosUhgp5mIg="}, ""},
		"CRC32C":                   {strings.NewReader("123456789"), []string{"X-Amz-Checksum-Crc32c", "4waSgw=="}, ""},
		"another checksum":         {strings.NewReader("hello"), []string{"X-Amz-Checksum-Crc32", "AAAAAA=="}, "BadDigest"},
		"an unknown checksum":      {strings.NewReader("hello"), []string{"X-Amz-Checksum-Xxh", "AAAAAA=="}, "NotImplemented"},
		"in chunks":                {strings.NewReader("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"), chunked("5"), ""},
		"chunks, another checksum": {strings.NewReader("5\r\nhellO\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"), chunked("5"), "BadDigest"},
		"chunks without trailer":   {strings.NewReader("5\r\nhello\r\n0\r\n\r\n"), chunked("5"), "BadDigest"},
		"chunks, too few":          {strings.NewReader("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"), chunked("6"), "IncompleteBody"},
		"chunks, too many":         {strings.NewReader("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"), chunked("4"), "InvalidRequest"},
		"chunks without length":    {strings.NewReader("0\r\n\r\n"), chunked(""), "MissingContentLength"},
		"chunks that are cut":      {strings.NewReader("5\r\nhel"), chunked("5"), "IncompleteBody"},
		"a body that breaks off":   {iotest.ErrReader(errors.New("gone")), []string{"X-Length", "5"}, "IncompleteBody"},
		"no length":                {struct{ io.Reader }{strings.NewReader("hello")}, nil, "MissingContentLength"},
		"compressed":               {strings.NewReader("hello"), []string{"Content-Encoding", "gzip"}, "NotImplemented"},
		"no form":                  {strings.NewReader("hello"), []string{"X-Amz-Content-Sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"}, "NotImplemented"},
		"large":                    {strings.NewReader(strings.Repeat("x", 1001)), nil, "EntityTooLarge"},
	} {
		t.Run(name, func(t *testing.T) {
			s, now, scratch := &shelf{}, time.Now(), &Scratch{Dir: t.TempDir(), Limit: 5000}
			h := handler(s, scratch, &now)
			r := httptest.NewRequest(http.MethodPut, "/b/k", test.body)
			r.Header.Set("X-Amz-Content-Sha256", sigv4.Unsigned)
			for i := 0; i < len(test.headers); i += 2 {
				r.Header.Set(test.headers[i], test.headers[i+1])
			}
			if r.Header.Get("X-Length") != "" {
				r.ContentLength = 5
			}
			w := httptest.NewRecorder()
			h.Serve(w, r, "id")
			require.Equal(t, []int64{0, 0}, []int64{scratch.used, int64(scratch.files)}, "nothing stays")
			left, err := os.ReadDir(scratch.Dir)
			require.NoError(t, err)
			require.Empty(t, left)
			if test.code == "" {
				require.Equal(t, http.StatusOK, w.Code, w.Body.String())
				require.Contains(t, []string{"hello", "123456789"}, s.content)
				return
			}
			require.Contains(t, w.Body.String(), "<Code>"+test.code+"</Code>")
			require.Empty(t, s.content)
		})
	}
}

func chunked(length string) []string {
	return []string{
		"X-Amz-Content-Sha256", sigv4.ChunksUnsigned, "Content-Encoding", "aws-chunked", "X-Amz-Trailer", "x-amz-checksum-crc32", "X-Amz-Decoded-Content-Length", length,
	}
}

// Uploads that nobody completes end, and those of others are not there.
func TestUploadsEnd(t *testing.T) {
	s, now, scratch := &shelf{}, time.Now(), &Scratch{Dir: t.TempDir(), Limit: 1500}
	h := handler(s, scratch, &now)
	begun := send(h, http.MethodPost, "/b/k?uploads", nil, "Owner", "ana").Body.String()
	_, id, _ := strings.Cut(begun, "<UploadId>")
	id, _, _ = strings.Cut(id, "<")
	require.NotEmpty(t, id, begun)
	part := "/b/k?partNumber=1&uploadId=" + id
	require.Equal(t, http.StatusNotFound, send(h, http.MethodPut, part, strings.NewReader("x"), "Owner", "ben").Code)
	require.Equal(t, http.StatusNotFound, send(h, http.MethodPut, strings.Replace(part, "/k", "/other", 1), strings.NewReader("x"), "Owner", "ana").Code)
	require.Equal(t, http.StatusOK, send(h, http.MethodPut, part, strings.NewReader(strings.Repeat("x", 1000)), "Owner", "ana").Code)
	require.Equal(t, http.StatusServiceUnavailable, send(h, http.MethodPut, "/b/k", strings.NewReader(strings.Repeat("x", 600))).Code)
	now = now.Add(time.Hour)
	require.Equal(t, http.StatusOK, send(h, http.MethodPut, "/b/k", strings.NewReader(strings.Repeat("x", 600))).Code, "there is room again")
	require.Equal(t, http.StatusNotFound, send(h, http.MethodPut, part, strings.NewReader("x"), "Owner", "ana").Code)
	require.Zero(t, scratch.used)
}

func TestThereIsRoomForSoManyUploads(t *testing.T) {
	now, scratch := time.Now(), &Scratch{Dir: t.TempDir(), Limit: 1500}
	h := handler(&shelf{}, scratch, &now)
	for range mostSpools {
		require.Equal(t, http.StatusOK, send(h, http.MethodPost, "/b/k?uploads", nil).Code)
	}
	require.Equal(t, http.StatusServiceUnavailable, send(h, http.MethodPost, "/b/k?uploads", nil).Code)
	now = now.Add(time.Hour)
	require.Equal(t, http.StatusOK, send(h, http.MethodPost, "/b/k?uploads", nil).Code)
}

// A failure that is not the client's tells nothing of itself.
func TestFailuresAreLogged(t *testing.T) {
	now := time.Now()
	h := handler(&shelf{err: errors.New("the disk is on fire")}, &Scratch{Dir: t.TempDir(), Limit: 1500}, &now)
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		out := send(h, method, "/b/k", strings.NewReader("x"))
		require.Equal(t, http.StatusInternalServerError, out.Code)
		require.NotContains(t, out.Body.String(), "fire")
	}
	head := send(h, http.MethodHead, "/b/k", nil)
	require.Empty(t, head.Body.String())
}

// FuzzServe: whatever is asked is answered, never by a 5xx but 501 and 503, and nothing stays in the scratch but what is under way.
func FuzzServe(f *testing.F) {
	f.Add("PUT", "/b/k", "partNumber=1&uploadId=U", sigv4.ChunksUnsigned, "5", []byte("5\r\nhello\r\n0\r\n\r\n"))
	f.Add("POST", "/b/k", "uploads=", sigv4.Unsigned, "", []byte(nil))
	f.Add("POST", "/b/k", "uploadId=U", sigv4.Unsigned, "", []byte("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>"))
	f.Add("GET", "/b/k", "partNumber=1", sigv4.Unsigned, "bytes=1-2", []byte(nil))
	f.Add("DELETE", "/b/k", "uploadId=U", sigv4.Unsigned, "", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, query, payload, header string, body []byte) {
		now, scratch := time.Now(), &Scratch{Dir: t.TempDir(), Limit: 5000}
		h := handler(&shelf{content: "content"}, scratch, &now)
		begun := send(h, http.MethodPost, "/b/k?uploads", nil).Body.String()
		_, id, _ := strings.Cut(begun, "<UploadId>")
		id, _, _ = strings.Cut(id, "<")
		r := httptest.NewRequest(http.MethodPut, "/", bytes.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, strings.ReplaceAll(query, "uploadId=U", "uploadId="+id)
		if _, err := url.ParseQuery(r.URL.RawQuery); err != nil {
			return
		}
		for name, value := range map[string]string{
			"X-Amz-Content-Sha256": payload, "X-Amz-Decoded-Content-Length": header, "Range": header, "Content-Encoding": header, "X-Amz-Trailer": header,
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.Serve(w, r, "id")
		require.True(t, w.Code < 500 || w.Code == 501 || w.Code == 503, "%d %s", w.Code, w.Body)
		h.uploads.sweep(now.Add(2 * time.Hour))
		require.Zero(t, scratch.used)
		require.Zero(t, scratch.files)
	})
}
