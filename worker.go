package penstock

import (
	"github.com/penstock-dev/penstock/executor/local"
	"github.com/penstock-dev/penstock/store"
)

// WorkerOptions are what actions in this process are given.
type WorkerOptions struct {
	Artifacts store.ArtifactStore // where content over 4 KiB goes; needed by actions with such artifacts
	Secrets   SecretResolver      // default: every reference is an error
	Limits    Limits
	Slots     int // actions at once; default 64
}

// NewWorker makes an executor that runs the registered action types in this process. An Engine has one of its own; this is for whoever
// runs actions without an Engine: a remote worker, a test harness.
func NewWorker(actions *Actions, o WorkerOptions) (*local.Executor, error) {
	host := taskHost{artifacts: o.Artifacts, secrets: o.Secrets, limits: o.Limits}
	worker, err := local.New(actions.localTypes(host), local.Options{Slots: o.Slots})
	if err != nil {
		return nil, &Error{Code: ErrInvalid, Op: "new worker", Err: err}
	}
	return worker, nil
}
