package awsapi

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/webhook"
)

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
	// MaxBody is how long a request may be, in bytes, artifacts aside. Default: 1 MiB.
	MaxBody int64
	// Rate is how many requests each principal may send; those beyond it are answered ThrottlingException, which SDKs send again later. Reading and
	// putting artifacts is not counted, nor are deliveries to webhooks. Default: no limit. How many connections there may be is the server's to say.
	Rate Rate
	// SessionKey is the secret that the temporary credentials of jobs are derived from, 32 bytes or more. Give every replica the same. Default: a
	// random one, so that the credentials end with the handler; job workers get new ones from GetJobDetails.
	SessionKey []byte
	// MaxArtifact is how long a ZIP may be that a job worker puts, in bytes. Default: 2 GiB.
	MaxArtifact int64
	// Scratch is the directory in which artifacts are kept while they are being put. Default: the system's temporary directory.
	Scratch string
	// MaxScratch is how much may be kept there, in bytes. Default: 4 times MaxArtifact.
	MaxScratch int64
	// Silence is how long nothing of an artifact may move while it is put or got, before its connection is cut. In all it may take that long and a
	// second for each 16 KiB, whatever timeouts the http.Server has. Default: 1 minute.
	Silence time.Duration
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
	set(&out.MaxArtifact, 2<<30)
	set(&out.MaxScratch, 4*out.MaxArtifact)
	set(&out.Silence, time.Minute)
	set(&out.Skew, 5*time.Minute)
	set(&out.Logger, slog.New(slog.DiscardHandler))
	if len(out.SessionKey) == 0 {
		out.SessionKey = make([]byte, 32)
		_, _ = rand.Read(out.SessionKey) // it never fails
	}
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

// actionTypeArn is the ARN of an action type that was created.
func (o *Options) actionTypeArn(t penstock.ActionType) string {
	return o.pipelineArn("actiontype:" + string(t.Owner) + "/" + string(t.Category) + "/" + t.Provider + "/" + t.Version)
}

// webhookArn is the ARN of a webhook.
func (o *Options) webhookArn(name string) string {
	return "arn:aws:codepipeline:" + o.Region + ":" + o.Account + ":webhook:" + name
}

// userArn is the ARN of a user of the account.
func (o *Options) userArn(name string) string {
	return "arn:aws:iam::" + o.Account + ":user/" + name
}
