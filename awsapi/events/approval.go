package events

import (
	"net/url"
	"strings"

	"github.com/penstock-dev/penstock"
)

// approvalMessage is what the service publishes to the topic of an approval (spec E3).
type approvalMessage struct {
	Region   string       `json:"region"`
	Console  string       `json:"consoleLink"`
	Approval approvalPart `json:"approval"`
}

type approvalPart struct {
	Pipeline string `json:"pipelineName"`
	Stage    string `json:"stageName"`
	Action   string `json:"actionName"`
	Token    string `json:"token"`
	Expires  string `json:"expires"`
	Entity   string `json:"externalEntityLink"`
	Review   string `json:"approvalReviewLink"`
	Custom   string `json:"customData"`
}

func (o *Options) approval(n penstock.Notice) approvalMessage {
	a := n.Action
	return approvalMessage{
		Region: o.Region, Console: o.view(n.Pipeline),
		Approval: approvalPart{
			Pipeline: n.Pipeline, Stage: n.Stage, Action: a.Name, Token: a.Token, Expires: a.Expires.UTC().Format("2006-01-02T15:04Z"),
			Entity: a.Configuration["ExternalEntityLink"], Review: o.view(n.Pipeline, n.Stage, a.Name, "approve", a.Token), Custom: a.Configuration["CustomData"],
		},
	}
}

// view is a page of the console.
func (o *Options) view(path ...string) string {
	if o.Console == "" {
		return ""
	}
	var out strings.Builder
	out.WriteString(strings.TrimSuffix(o.Console, "/") + "/view")
	for _, name := range path {
		out.WriteString("/" + url.PathEscape(name))
	}
	return out.String()
}
