package events

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"time"
)

// HTTPOptions say where and how messages are posted.
type HTTPOptions struct {
	// URL takes them.
	URL string
	// Header goes along with each, such as an Authorization.
	Header http.Header
	// Secret signs each body, so that the receiver knows where it is from: Penstock-Signature-256 is sha256= and the HMAC in hexadecimal.
	// Default: none.
	Secret string
	// Client sends them. Default: one that follows no redirects.
	Client *http.Client
	// Timeout bounds each attempt. Default: 10 s.
	Timeout time.Duration
	// Attempts are made before Send answers an error. Default: 4.
	Attempts int
	// Backoff is the wait before the second attempt; it doubles before each further one. Default: 500 ms.
	Backoff time.Duration
	// Logger is told of messages that the receiver refuses. Default: nobody.
	Logger *slog.Logger
}

// HTTP is a sink that posts messages. Penstock-Message-Id and Penstock-Message-Type tell a message's ID and type; the body is JSON. Any 2xx
// says that it was taken. 408, 425, 429, anything of the server's fault and no answer at all are tried again. What is refused by any other answer would
// be refused again: it is logged and passed over.
func HTTP(options HTTPOptions) Sink {
	h := &poster{options}
	if h.Client == nil {
		h.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if h.Timeout == 0 {
		h.Timeout = 10 * time.Second
	}
	if h.Attempts == 0 {
		h.Attempts = 4
	}
	if h.Backoff == 0 {
		h.Backoff = 500 * time.Millisecond
	}
	if h.Logger == nil {
		h.Logger = slog.New(slog.DiscardHandler)
	}
	return h
}

type poster struct{ HTTPOptions }

// Send posts a message.
func (p *poster) Send(ctx context.Context, m Message) error {
	wait := p.Backoff
	for attempt := 1; ; attempt++ {
		err := p.post(ctx, m)
		if err == nil || attempt == p.Attempts || ctx.Err() != nil {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
		wait *= 2
	}
}

// mostAnswer is how much of an answer is read so that its connection can be used again.
const mostAnswer = 64 << 10

func (p *poster) post(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL, bytes.NewReader(m.Body))
	if err != nil {
		return err
	}
	maps.Copy(r.Header, p.Header)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Penstock-Message-Id", m.ID)
	r.Header.Set("Penstock-Message-Type", string(m.Type))
	if p.Secret != "" {
		mac := hmac.New(sha256.New, []byte(p.Secret))
		mac.Write(m.Body)
		r.Header.Set("Penstock-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	}
	response, err := p.Client.Do(r)
	if err != nil {
		return fmt.Errorf("post message %s: %w", m.ID, err)
	}
	_, _ = io.CopyN(io.Discard, response.Body, mostAnswer)
	_ = response.Body.Close() // nothing of it is needed
	switch status := response.StatusCode; {
	case status/100 == 2:
	case status/100 == 5, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return fmt.Errorf("post message %s: %s", m.ID, response.Status)
	default:
		p.Logger.Error("a message was refused and is passed over", "id", m.ID, "type", string(m.Type), "pipeline", m.Pipeline, "status", status)
	}
	return nil
}
