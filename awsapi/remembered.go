package awsapi

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// Bounds of what is remembered of states; any other is made anew.
const (
	mostStates     = 256
	mostStateBytes = 256 << 10
)

// encoded is an answer as it goes over the wire.
type encoded []byte

// states are the answers of GetPipelineState. They are read again and again, mostly while nothing happens.
type states struct {
	mu   sync.Mutex
	kept map[string]stateAnswer // by pipeline
}

type stateAnswer struct {
	mark string // of the engine: as long as it is the same, so is the state
	body encoded
}

// getPipelineState answers a state as it was answered before, if it is still the same.
func getPipelineState(ctx context.Context, c *call, in *wire.GetPipelineStateInput) (*encoded, error) {
	mark, err := c.engine.StateMark(ctx, in.Name) // before the state is read: what happens in between makes it another
	if err != nil {
		return nil, err
	}
	if body, ok := c.states.find(in.Name, mark); ok {
		return &body, nil
	}
	state, err := c.state(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	c.states.keep(in.Name, stateAnswer{mark, body})
	return (*encoded)(&body), nil
}

func (s *states) find(pipeline, mark string) (encoded, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.kept[pipeline]
	return found.body, ok && found.mark == mark
}

func (s *states) keep(pipeline string, answer stateAnswer) {
	if len(answer.body) > mostStateBytes {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[string]stateAnswer{}
	}
	delete(s.kept, pipeline)
	for other := range s.kept {
		if len(s.kept) < mostStates {
			break
		}
		delete(s.kept, other)
	}
	s.kept[pipeline] = answer
}
