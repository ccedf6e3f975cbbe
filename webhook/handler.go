package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/penstock-dev/penstock"
)

// Engine is what the handler needs; *penstock.Engine has it.
type Engine interface {
	ReceiveWebhook(ctx context.Context, d penstock.WebhookDelivery) (penstock.WebhookReceipt, error)
}

// Options say how a handler serves. The zero value is useful.
type Options struct {
	// Name is what the audit and the triggers of executions call a webhook, such as its ARN. Default: webhook/ and its name.
	Name func(webhook string) string
	// From says who sent a request, where a proxy that can be trusted stands between. Default: the other end of the connection; what headers
	// say is not believed.
	From func(r *http.Request) netip.Addr
	// MaxBody is how long a delivery may be, in bytes. Default: 4 MiB.
	MaxBody int64
	// Rate is how many deliveries a second a webhook takes in the long run, and all that are sent to no webhook together. Default: 10.
	Rate float64
	// Burst is how many it takes at once. Default: 60.
	Burst int
	// Logger is told of deliveries that were refused. Default: nobody.
	Logger *slog.Logger
}

// NewHandler takes deliveries. The last element of a request's path says for which webhook it is. Nil options are the zero value's.
//
// It answers 200 with {"pipelineExecutionId": "…"}, without an ID where a delivery did not pass the filters; 400 where the body is no JSON, 403
// where the delivery proves nothing, 404 where there is no such webhook, 405, 409 where the pipeline cannot be started, 413, 429, 503.
func NewHandler(engine Engine, options *Options) http.Handler {
	h := &handler{engine: engine}
	if options != nil {
		h.options = *options
	}
	o := &h.options
	if o.MaxBody == 0 {
		o.MaxBody = 4 << 20
	}
	if o.Rate == 0 {
		o.Rate = 10
	}
	if o.Burst == 0 {
		o.Burst = 60
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.From == nil {
		o.From = peer
	}
	h.limits = limits{rate: o.Rate, burst: float64(o.Burst), known: map[string]*bucket{}}
	return h
}

// peer is the other end of the connection.
func peer(r *http.Request) netip.Addr {
	from, _ := netip.ParseAddrPort(r.RemoteAddr)
	return from.Addr()
}

type handler struct {
	engine  Engine
	options Options
	limits  limits
}

// ServeHTTP takes a delivery.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, map[string]string{"message": "Deliveries are sent by POST."})
		return
	}
	if wait := h.limits.take(key, time.Now()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
		answer(w, http.StatusTooManyRequests, map[string]string{"message": "Too many deliveries."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.options.MaxBody))
	if err != nil {
		status := http.StatusBadRequest
		if _, long := errors.AsType[*http.MaxBytesError](err); long {
			status = http.StatusRequestEntityTooLarge
		}
		answer(w, status, map[string]string{"message": "The body did not arrive whole, or is longer than this endpoint takes."})
		return
	}
	receipt, err := h.engine.ReceiveWebhook(r.Context(), penstock.WebhookDelivery{
		Key: key, ID: r.Header.Get("X-GitHub-Delivery"), Body: body, Probe: r.Header.Get("X-GitHub-Event") == "ping",
		SignatureSHA256: r.Header.Get("X-Hub-Signature-256"), SignatureSHA1: r.Header.Get("X-Hub-Signature"),
		From: h.options.From(r), Name: h.options.Name,
	})
	h.limits.learn(key, penstock.CodeOf(err))
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	out := map[string]string{}
	if receipt.Execution != "" {
		out["pipelineExecutionId"] = receipt.Execution
	}
	answer(w, http.StatusOK, out)
}

// refuse says no. Who proves nothing is told nothing.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, err error) {
	h.options.Logger.Warn("a delivery was refused", "from", h.options.From(r).String(), "delivery", r.Header.Get("X-GitHub-Delivery"), "error", err)
	status, message := http.StatusConflict, "The pipeline cannot be started now."
	switch code := penstock.CodeOf(err); code {
	case penstock.ErrWebhookNotFound:
		status, message = http.StatusNotFound, "There is no such webhook."
	case penstock.ErrDenied:
		status, message = http.StatusForbidden, "The delivery is not taken."
	case penstock.ErrInvalid:
		status, message = http.StatusBadRequest, "The delivery cannot start the pipeline."
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
			message = "The body must be JSON: have it sent as application/json."
		}
	case penstock.ErrTooManyExecutions, penstock.ErrLimitExceeded, penstock.ErrUnavailable:
		status, message = http.StatusServiceUnavailable, "The pipeline takes nothing now: send it again later."
	case penstock.ErrInternal:
		status, message = http.StatusInternalServerError, "The delivery was not taken."
	default:
	}
	answer(w, status, map[string]string{"message": message})
}

func answer(w http.ResponseWriter, status int, out map[string]string) {
	body, _ := json.Marshal(out) // texts alone cannot fail
	head := w.Header()
	head.Set("Content-Type", "application/json")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a sender that is gone needs no answer
}
