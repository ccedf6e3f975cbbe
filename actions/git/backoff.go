package git

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/penstock-dev/penstock"
)

// origin is what one question is for: a URL, asked by one user.
type origin struct{ url, user, secret string }

func (w Watch) origin() origin { return origin{w.Source.URL, w.Source.User, w.Source.Password.Ref} }

// trouble is an origin that does not answer.
type trouble struct {
	failures int           // one behind the other
	code     penstock.Code // of the last one
	until    time.Time     // it is left alone until then
}

func (p *Poller) clock() time.Time {
	if p.now != nil {
		return p.now()
	}
	return time.Now()
}

// due says whether an origin is to be asked in this round.
func (p *Poller) due(o origin) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.failing[o]
	return t == nil || !p.clock().Before(t.until)
}

// failed leaves an origin alone for a while. It answers what is to be reported: nothing where the same has been reported already.
func (p *Poller) failed(o origin, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.failing[o]
	if t == nil {
		t = &trouble{}
		p.failing[o] = t
	}
	t.failures++
	wait := p.wait(t.failures)
	t.until = p.clock().Add(spread(wait, rand.Float64()))
	known := t.code
	t.code = penstock.CodeOf(err)
	if t.code == known {
		return nil
	}
	return fmt.Errorf("%w; it is asked again in about %s, and then less and less often, down to every %s, while it fails", err, wait, p.longest())
}

// wait is how long an origin is left alone after so many failures: an interval, doubled with each, up to the longest.
func (p *Poller) wait(failures int) time.Duration {
	wait, longest := p.interval(), p.longest()
	for i := 1; i < failures && wait < longest; i++ {
		wait *= 2
	}
	return min(wait, longest)
}

func (p *Poller) interval() time.Duration { return cmp.Or(p.Interval, DefaultInterval) }
func (p *Poller) longest() time.Duration {
	return max(cmp.Or(p.MaxBackoff, DefaultMaxBackoff), p.interval())
}

// answered ends the trouble of an origin.
func (p *Poller) answered(o origin) {
	p.mu.Lock()
	t := p.failing[o]
	delete(p.failing, o)
	p.mu.Unlock()
	if t != nil {
		p.logger().Info("a repository answers again", "url", o.url, "failures", t.failures)
	}
}

// once answers what is to be reported of a branch: nothing where the same has been reported already. Nil ends its trouble.
func (p *Poller) once(w Watch, err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.told, w.key())
		return nil
	}
	code := penstock.CodeOf(err)
	if p.told[w.key()] == code {
		return nil
	}
	p.told[w.key()] = code
	return fmt.Errorf("%s/%s: %w", w.Pipeline, w.Action, err)
}
