package awsapi

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/objects"
	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

const mediaType = "application/x-amz-json-1.1"

// NewHandler answers requests to AWS CodePipeline with the engine. Nil options are the zero value's. It serves the root of its host, or, behind
// http.StripPrefix, a folder of it.
func NewHandler(engine Engine, options *Options) http.Handler {
	s := &service{engine: engine, options: options.withDefaults(), operations: map[string]operation{}}
	for _, op := range operations() {
		s.operations[op.model.Name] = op
	}
	s.verifier = &sigv4.Verifier{
		Service: "codepipeline", Region: s.options.Region, Skew: s.options.Skew, Now: s.options.Now, LookUp: s.lookUp,
	}
	s.throttle = &throttle{rate: s.options.Rate, now: s.options.Now}
	s.objects = newObjects(s)
	s.receiver = receiver(engine, s.options)
	return s
}

// service is the handler.
type service struct {
	engine     Engine
	options    Options
	operations map[string]operation
	verifier   *sigv4.Verifier
	throttle   *throttle
	objects    *objects.Handler
	receiver   http.Handler // of deliveries to webhooks
	outlines   outlines
	states     states
}

// call is one request under way.
type call struct {
	*service
	model   *wire.Operation
	actor   string // ARN
	command string // ID: the same for a request and its retries; may be empty
	base    string // of the URLs of webhooks
}

// ServeHTTP answers a request.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id := newRequestID()
	defer func() {
		if cause := recover(); cause != nil {
			s.options.Logger.Error("a request failed", "request", id, "target", r.Header.Get("X-Amz-Target"), "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			s.write(w, id, http.StatusInternalServerError, internalFailure(id))
		}
	}()
	if strings.HasPrefix(r.URL.Path, webhookPath) {
		s.receiver.ServeHTTP(w, r)
		return
	}
	if _, toS3 := sigv4.AccessKey(r); toS3 {
		s.objects.Serve(w, r, id)
		return
	}
	out, err := s.serve(w, r)
	if err == nil {
		s.write(w, id, http.StatusOK, out)
		return
	}
	told := asException(err)
	if told.Status >= http.StatusInternalServerError {
		s.options.Logger.Error("a request failed", "request", id, "target", r.Header.Get("X-Amz-Target"), "error", err)
	}
	if told.Type == internal {
		told = internalFailure(id)
	}
	s.write(w, id, told.Status, told)
}

// serve carries a request out. Whoever it is from is known before anything of it is looked at.
func (s *service) serve(w http.ResponseWriter, r *http.Request) (any, error) {
	body, err := s.read(w, r)
	if err != nil {
		return nil, err
	}
	c := &call{service: s, base: s.base(r)}
	if err := c.authenticate(r, body); err != nil {
		return nil, err
	}
	if err := s.throttle.take(c.actor); err != nil {
		return nil, err
	}
	op, err := s.find(r)
	if err != nil {
		return nil, err
	}
	c.model = op.model
	return op.run(penstock.WithActor(r.Context(), c.actor), c, body)
}

// write answers. An answer without content is an empty object.
func (s *service) write(w http.ResponseWriter, id string, status int, out any) {
	body, err := marshal(out)
	if err != nil {
		s.options.Logger.Error("an answer cannot be written", "request", id, "error", err)
		status, body = http.StatusInternalServerError, []byte(`{"__type":"InternalFailure"}`)
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("X-Amzn-RequestId", id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that is gone needs no answer
}

func marshal(out any) ([]byte, error) {
	if body, ok := out.(*encoded); ok {
		return *body, nil
	}
	return json.Marshal(out)
}

// newRequestID is a random UUID.
func newRequestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // it never fails
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// do carries a command out.
func (c *call) do(ctx context.Context, command penstock.Command) (penstock.Reply, error) {
	reply, err := c.engine.Do(ctx, command)
	return reply, c.exception(err)
}
