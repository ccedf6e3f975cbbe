package objects

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

// Objects is what the holder of a session may read and write. Errors that are *Error are told; others are logged.
type Objects interface {
	// Open answers an object and a name for its content.
	Open(ctx context.Context, bucket, key string) (content io.ReadSeekCloser, version string, err error)
	// Writable answers whether Put may be called.
	Writable(ctx context.Context, bucket, key string) error
	// Put keeps an object. It is not called again before the content has been read.
	Put(ctx context.Context, bucket, key string, content io.ReaderAt, size int64) error
}

// Session is who asks.
type Session struct {
	Objects
	Owner   string    // of uploads: those of others are not there
	Expires time.Time // when uploads that are not completed end
}

// Handler serves objects.
type Handler struct {
	// Authenticate says who a request is from.
	Authenticate func(r *http.Request) (Session, sigv4.Object, error)
	Scratch      *Scratch
	MaxObject    int64         // bytes
	Silence      time.Duration // after which a transfer of which nothing moves is cut
	Now          func() time.Time
	Logger       *slog.Logger

	uploads uploads
}

// request is one under way.
type request struct {
	*Handler
	Session
	w           http.ResponseWriter
	r           *http.Request
	bucket, key string
	signed      sigv4.Object
}

// Serve answers a request under an ID of its own.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, id string) {
	w, r = paced(w, r, h.Silence)
	w.Header().Set("X-Amz-Request-Id", id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	err := h.serve(w, r)
	if err == nil {
		return
	}
	told := asError(err)
	if told == nil {
		h.Logger.Error("a request for an artifact failed", "request", id, "method", r.Method, "path", r.URL.Path, "error", err)
		told = &Error{Status: http.StatusInternalServerError, Code: "InternalError", Message: "The request failed. The log says why: request " + id}
	}
	told.write(w, r, id)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	session, signed, err := h.Authenticate(r)
	if err != nil {
		return err
	}
	h.uploads.sweep(h.Now())
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if bucket == "" || key == "" {
		return notImplemented("This endpoint serves objects, in path style: /BUCKET/KEY.")
	}
	q := &request{Handler: h, Session: session, w: w, r: r, bucket: bucket, key: key, signed: signed}
	return q.route()
}

// subresources are what a query may ask for here; everything else in it that S3 knows would be lost.
func (q *request) route() error {
	query := q.signed.Query
	for name := range query {
		switch name {
		case "uploads", "uploadId", "partNumber", "x-id":
		default:
			return notImplemented("The parameter " + name + " is not known here.")
		}
	}
	if q.r.Header.Get("X-Amz-Copy-Source") != "" {
		return notImplemented("Objects are not copied here.")
	}
	upload := query.Get("uploadId")
	switch method := q.r.Method; {
	case (method == http.MethodGet || method == http.MethodHead) && upload == "" && !query.Has("uploads"):
		return q.get(query.Get("partNumber"))
	case method == http.MethodPut && upload != "":
		return q.putPart(upload, query.Get("partNumber"))
	case method == http.MethodPut && !query.Has("partNumber"):
		return q.put()
	case method == http.MethodPost && query.Has("uploads"):
		return q.begin()
	case method == http.MethodPost && upload != "":
		return q.complete(upload)
	case method == http.MethodDelete && upload != "":
		return q.abort(upload)
	default:
		return notImplemented("This endpoint has GetObject, HeadObject, PutObject, and uploads in parts.")
	}
}

// get answers an object, or a range of it. Every object has one part, however it was put.
func (q *request) get(part string) error {
	if part != "" && part != "1" {
		return &Error{Status: http.StatusRequestedRangeNotSatisfiable, Code: "InvalidPartNumber", Message: "The object has one part."}
	}
	content, version, err := q.Open(q.r.Context(), q.bucket, q.key)
	if err != nil {
		return err
	}
	defer content.Close()
	header := q.w.Header()
	header.Set("Content-Type", "application/zip")
	header.Set("Content-Disposition", "attachment")
	header.Set("Etag", `"`+version+`"`)
	http.ServeContent(q.w, q.r, "", time.Time{}, content) // what is cut short is noticed: its length was told
	return nil
}

// put keeps an object that comes in one request.
func (q *request) put() (err error) {
	if err := q.Writable(q.r.Context(), q.bucket, q.key); err != nil {
		return err
	}
	b, err := open(q.r, q.signed, q.MaxObject)
	if err != nil {
		return err
	}
	file, err := q.Scratch.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.close()) }()
	at, err := file.grow(b.size, q.MaxObject)
	if err != nil {
		return err
	}
	etag, err := b.spool(file.file, at)
	if err != nil {
		return err
	}
	if err := q.Put(q.r.Context(), q.bucket, q.key, file.file, b.size); err != nil {
		return err
	}
	b.tell(q.w.Header())
	q.w.Header().Set("Etag", etag)
	q.w.WriteHeader(http.StatusOK)
	return nil
}
