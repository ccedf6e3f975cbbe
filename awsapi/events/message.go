package events

import (
	"cmp"
	"encoding/json"

	"github.com/penstock-dev/penstock"
)

// Type says in whose shape a message is.
type Type string

// The types of messages.
const (
	StateChange Type = "EventBridge" // the state of an execution, a stage or an action has changed
	Approval    Type = "SNS"         // an approval is asked for
	Record      Type = "CloudTrail"  // somebody has done something
)

// Message is one event for those outside.
type Message struct {
	ID       string // a UUID, the same whenever it is sent
	Type     Type
	Pipeline string          // its name; empty: it is about none
	Body     json.RawMessage // one JSON object
}

// Options say how messages tell of the place that they are from. The zero value is useful.
type Options struct {
	Region  string // default: us-east-1
	Account string // default: 000000000000
	Bucket  string // told as the place of artifacts, under the keys that ListActionExecutions tells too. Default: penstock-artifacts
	Console string // URL of the pages that approvals link to, with /view/PIPELINE and so on behind it. Default: none; then links are empty
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	out.Region = cmp.Or(out.Region, "us-east-1")
	out.Account = cmp.Or(out.Account, "000000000000")
	out.Bucket = cmp.Or(out.Bucket, "penstock-artifacts")
	return out
}

func (o *Options) arn(resource string) string {
	return "arn:aws:codepipeline:" + o.Region + ":" + o.Account + ":" + resource
}

// Of is a notice as a message; false where the service tells of no such thing: commands that it has no operation for.
func Of(n penstock.Notice, options *Options) (Message, bool) {
	o := options.withDefaults()
	m := Message{ID: n.ID, Type: StateChange, Pipeline: n.Pipeline}
	var body any
	switch n.Kind {
	case penstock.NoticeExecution, penstock.NoticeStage, penstock.NoticeAction:
		body = o.stateChange(n)
	case penstock.NoticeApproval:
		m.Type, body = Approval, o.approval(n)
	case penstock.NoticeCommand:
		r := o.record(n)
		if r == nil {
			return Message{}, false
		}
		m.Type, body = Record, r
	default:
		return Message{}, false
	}
	if n.Pipeline == penstock.CatalogueAudit || n.Pipeline == penstock.WebhookAudit {
		m.Pipeline = ""
	}
	m.Body, _ = json.Marshal(body) // texts, numbers and raw JSON that was read before cannot fail
	return m, true
}
