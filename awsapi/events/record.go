package events

import (
	"strings"

	"github.com/penstock-dev/penstock"
)

// record is CloudTrail's of a call that has changed something (spec E4). What the engine's audit does not keep stands at a constant: who called
// from where, and with which program. A refused call changes nothing and is no record.
type record struct {
	EventVersion string         `json:"eventVersion"`
	Identity     identity       `json:"userIdentity"`
	Time         string         `json:"eventTime"`
	Source       string         `json:"eventSource"`
	Name         string         `json:"eventName"`
	Region       string         `json:"awsRegion"`
	Address      string         `json:"sourceIPAddress"`
	UserAgent    string         `json:"userAgent"`
	Request      map[string]any `json:"requestParameters"`
	Response     map[string]any `json:"responseElements"`
	RequestID    string         `json:"requestID"`
	ID           string         `json:"eventID"`
	ReadOnly     bool           `json:"readOnly"`
	Type         string         `json:"eventType"`
	Account      string         `json:"recipientAccountId"`
}

type identity struct {
	Type      string `json:"type"`
	Principal string `json:"principalId"`
	Arn       string `json:"arn,omitempty"`
	Account   string `json:"accountId,omitempty"`
	User      string `json:"userName,omitempty"`
}

// inside stands where CloudTrail has an address or a program.
const inside = "codepipeline.amazonaws.com"

// record is nil for what the service has no operation for.
func (o *Options) record(n penstock.Notice) *record {
	name, request, response := o.call(n)
	if name == "" {
		return nil
	}
	e := n.Command
	out := &record{
		EventVersion: "1.08", Identity: identityOf(e.Actor), Time: seconds(e.At), Source: inside, Name: name, Region: o.Region, Address: inside,
		UserAgent: inside, Request: request, Response: response, RequestID: e.Command, ID: n.ID, Type: "AwsApiCall", Account: o.Account,
	}
	if out.RequestID == "" {
		out.RequestID = n.ID
	}
	return out
}

// identityOf reads an ARN; whoever is none is called what he is.
func identityOf(actor string) identity {
	parts := strings.SplitN(actor, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return identity{Type: "Unknown", Principal: actor}
	}
	out := identity{Type: "Unknown", Principal: actor, Arn: actor, Account: parts[4]}
	kind, name, _ := strings.Cut(parts[5], "/")
	switch {
	case parts[5] == "root":
		out.Type = "Root"
	case kind == "user":
		out.Type, out.User = "IAMUser", name[strings.LastIndexByte(name, '/')+1:]
	case kind == "assumed-role":
		out.Type = "AssumedRole"
	case kind == "role":
		out.Type = "Role"
	case parts[2] == "codepipeline":
		out.Type = "AWSService"
	}
	return out
}
