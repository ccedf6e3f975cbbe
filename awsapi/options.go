package awsapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/webhook"
)

// Engine is what the handler needs; *penstock.Engine has it.
type Engine interface {
	Do(ctx context.Context, command penstock.Command) (penstock.Reply, error)
	Pipeline(ctx context.Context, name string, version int) (penstock.Pipeline, int, error)
	State(ctx context.Context, pipeline string) (penstock.PipelineState, error)
	Execution(ctx context.Context, pipeline, execution string) (penstock.Execution, error)
	Executions(ctx context.Context, q penstock.ExecutionQuery) (penstock.ExecutionPage, error)
	ActionExecutions(ctx context.Context, q penstock.ActionExecutionQuery) (penstock.ActionExecutionPage, error)
	Audit(ctx context.Context, q penstock.AuditQuery) (penstock.AuditPage, error)
	WebhookEngine
}

// WebhookEngine is what the handler needs for webhooks.
type WebhookEngine interface {
	Webhook(ctx context.Context, name string) (penstock.WebhookInfo, error)
	Webhooks(ctx context.Context, q penstock.WebhookQuery) (penstock.WebhookPage, error)
	ReceiveWebhook(ctx context.Context, d penstock.WebhookDelivery) (penstock.WebhookReceipt, error)
}

// Credential is what belongs to an access key.
type Credential struct {
	Secret    string // the secret access key
	Token     string // the session token that has to come along; empty: none
	Principal string // the ARN of who acts; default: a user of the account that is named like the access key
}

// Credentials look access keys up. They must be safe for concurrent use.
type Credentials interface {
	// Credential answers what belongs to an access key; an error that is penstock.ErrNotFound where there is no such key.
	Credential(ctx context.Context, accessKey string) (Credential, error)
}

// StaticCredentials are credentials by access key.
type StaticCredentials map[string]Credential

// Credential looks the access key up.
func (s StaticCredentials) Credential(_ context.Context, accessKey string) (Credential, error) {
	if found, ok := s[accessKey]; ok {
		return found, nil
	}
	return Credential{}, &penstock.Error{Code: penstock.ErrNotFound, Op: "look up access key"}
}

// Options say how a Handler serves. The zero value serves this machine alone.
type Options struct {
	// Region is the region that clients use, in ARNs and signatures. Default: us-east-1.
	Region string
	// Account is the number of the account, in ARNs. Default: 000000000000.
	Account string
	// Credentials are the keys that requests may be signed with. Default: none; then requests are served whose sender and Host are loopback
	// addresses, and that no proxy has forwarded, signed or not.
	Credentials Credentials
	// Role is the ARN that is told as the service role of pipelines that have none. Default: the role "penstock" of the account.
	Role string
	// Bucket is told as the artifact store of pipelines that have none. Default: penstock-artifacts.
	Bucket string
	// WebhookURL is where senders reach this handler, in the URLs of webhooks: https://releases.example.com. Default: the scheme and the Host of
	// the request that asks.
	WebhookURL string
	// Webhooks say how deliveries to webhooks are taken; their Name is an ARN. Default: as webhook.Options. Without Credentials, too, they are
	// taken from this machine alone.
	Webhooks webhook.Options
	// ThirdParty tells the sender of a webhook's deliveries to send them to its URL, or no longer to: RegisterWebhookWithThirdParty and
	// DeregisterWebhookWithThirdParty, after the engine has noted it. It may be asked twice. Default: nobody is told; who has the URL and the secret
	// sets the sender up.
	ThirdParty func(ctx context.Context, w penstock.WebhookInfo, url string) error
	// IgnoreUnknown drops members of requests that the operation does not know, as the service does. Default: they are refused, since
	// they are misspelt or ask for something that is not there.
	IgnoreUnknown bool
	// MaxBody is how long a request may be, in bytes. Default: 1 MiB.
	MaxBody int64
	// Skew is how far a request's date may be from this machine's, either way. Default: 5 minutes.
	Skew time.Duration
	// Now is the clock that signatures are judged by. Default: time.Now.
	Now func() time.Time
	// Logger is told of failures that are not the client's. Default: nobody.
	Logger *slog.Logger
}

// withDefaults is a copy without zero fields.
func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	set(&out.Region, "us-east-1")
	set(&out.Account, "000000000000")
	set(&out.Role, "arn:aws:iam::"+out.Account+":role/penstock")
	set(&out.Bucket, "penstock-artifacts")
	set(&out.MaxBody, 1<<20)
	set(&out.Skew, 5*time.Minute)
	set(&out.Logger, slog.New(slog.DiscardHandler))
	if out.Now == nil {
		out.Now = time.Now
	}
	return out
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// pipelineArn is the ARN of a pipeline.
func (o *Options) pipelineArn(name string) string {
	return "arn:aws:codepipeline:" + o.Region + ":" + o.Account + ":" + name
}

// webhookArn is the ARN of a webhook.
func (o *Options) webhookArn(name string) string {
	return "arn:aws:codepipeline:" + o.Region + ":" + o.Account + ":webhook:" + name
}

// userArn is the ARN of a user of the account.
func (o *Options) userArn(name string) string {
	return "arn:aws:iam::" + o.Account + ":user/" + name
}
