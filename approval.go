package penstock

import (
	"fmt"
	"time"

	"github.com/penstock-dev/penstock/internal/definition"
)

// Approval is an action that waits for somebody to approve or reject. The zero value is not useful: see NewApproval.
type Approval struct{ declared declaredAction }

// NewApproval is a manual approval, the service's own action type Approval/AWS/Manual/1.
func NewApproval(name string) Approval {
	return Approval{declaredAction{action: definition.Action{
		Name: name, ActionTypeID: definition.ManualApproval, Configuration: map[string]string{},
	}}}
}

// Expires is how long it waits before it counts as rejected: whole minutes, 5 minutes to 60 days. Default: 7 days (spec C13).
func (a Approval) Expires(d time.Duration) Approval {
	minutes, err := wholeMinutes(d)
	a.declared.problems = reported(a.declared.problems, "timeoutInMinutes")
	if err != nil {
		a.declared.problems = reported(a.declared.problems, "timeoutInMinutes", err.Error())
	}
	a.declared.action.TimeoutInMinutes = minutes
	return a
}

// Note is what the approver should know. It may hold references.
func (a Approval) Note(text string) Approval { return a.set("CustomData", text) }

// Link is what the approver should look at. It may hold references.
func (a Approval) Link(url string) Approval { return a.set("ExternalEntityLink", url) }

func (a Approval) set(key, text string) Approval {
	config := map[string]string{key: text}
	for k, v := range a.declared.action.Configuration {
		if k != key {
			config[k] = v
		}
	}
	if text == "" {
		delete(config, key)
	}
	a.declared.action.Configuration = config
	return a
}

func (a Approval) fragment() fragment { return a.declared.fragment() }

// wholeMinutes is how the service keeps its timeouts.
func wholeMinutes(d time.Duration) (int, error) {
	minutes := d / time.Minute
	if d%time.Minute != 0 || d != 0 && (minutes < 5 || minutes > 86400) {
		return 0, fmt.Errorf("%s is not in whole minutes from 5 minutes to 60 days", d)
	}
	return int(minutes), nil
}
