package sdktest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// loseAnswers passes every request on, and loses the first answer to each operation.
type loseAnswers struct {
	next checked
	mu   sync.Mutex
	lost map[string]bool
}

// Do sends a request.
func (l *loseAnswers) Do(r *http.Request) (*http.Response, error) {
	response, err := l.next.Do(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	operation := r.Header.Get("X-Amz-Target")
	if err != nil || l.lost[operation] {
		return response, err
	}
	if l.lost == nil {
		l.lost = map[string]bool{}
	}
	l.lost[operation] = true
	return nil, &reset{errors.New("connection reset")}
}

type reset struct{ error }

// Temporary has the SDK try again.
func (*reset) Temporary() bool { return true }

type credentials struct{}

// Retrieve answers the first key.
func (credentials) Retrieve(context.Context) (aws.Credentials, error) { return first, nil }

// quick retries at once.
func quick() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}
