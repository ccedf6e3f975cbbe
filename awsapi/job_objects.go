package awsapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/objects"
	"github.com/penstock-dev/penstock/awsapi/internal/session"
	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

func newObjects(s *service) *objects.Handler {
	verifier := &sigv4.Verifier{Service: "s3", Region: s.options.Region, Skew: s.options.Skew, Now: s.options.Now}
	return &objects.Handler{
		Authenticate: func(r *http.Request) (objects.Session, sigv4.Object, error) { return s.jobSession(verifier, r) },
		Scratch:      &objects.Scratch{Dir: s.options.Scratch, Limit: s.options.MaxScratch},
		MaxObject:    s.options.MaxArtifact, Silence: s.options.Silence, Now: s.options.Now, Logger: s.options.Logger,
	}
}

// jobSession says whose credentials a request to S3 is signed with. They are a job's, also where everything else needs none.
func (s *service) jobSession(v *sigv4.Verifier, r *http.Request) (objects.Session, sigv4.Object, error) {
	var none objects.Session
	if s.options.Credentials == nil {
		if err := fromHere(r); err != nil {
			return none, sigv4.Object{}, objects.Denied(denied.Message)
		}
	}
	claims, keys, err := session.Open(s.options.SessionKey, r.Header.Get("X-Amz-Security-Token"))
	accessKey, _ := sigv4.AccessKey(r)
	if err != nil || accessKey != keys.AccessKey {
		return none, sigv4.Object{}, objects.Denied("Artifacts are read and written with the artifactCredentials of a job. These are not, or are of a server before this one: ask for the job's details.")
	}
	signed, err := v.VerifyObject(r, sigv4.Key{Secret: keys.Secret, Token: keys.Token})
	var refused *sigv4.Refusal
	switch {
	case errors.As(err, &refused):
		return none, signed, &objects.Error{Status: http.StatusForbidden, Code: s3Code(refused.Code), Message: refused.Message}
	case err != nil:
		return none, signed, err
	case !s.options.Now().Before(claims.Expires):
		return none, signed, objects.Denied("The credentials have expired: ask for the job's details, which has new ones.")
	}
	of := &jobObjects{engine: s.engine, claims: claims, job: penstock.JobRef{ID: claims.Job, Nonce: claims.Nonce, ClientToken: claims.Client}}
	return objects.Session{Objects: of, Owner: claims.Job, Expires: claims.Expires}, signed, nil
}

// s3Code is what S3 calls a refusal.
func s3Code(code string) string {
	if code == sigv4.InvalidSignature {
		return "SignatureDoesNotMatch"
	}
	return "AccessDenied"
}

// jobObjects are the artifacts of a job: its inputs are there to read, its outputs to write.
type jobObjects struct {
	engine Engine
	claims session.Claims
	job    penstock.JobRef
}

var errOtherKey = objects.Denied("The job has no artifact at this place that it may use so: inputs are read, outputs are written.")

// Open answers an input.
func (o *jobObjects) Open(ctx context.Context, bucket, key string) (io.ReadSeekCloser, string, error) {
	ctx = penstock.WithActor(ctx, o.claims.Actor)
	job, err := o.engine.JobDetails(ctx, o.job)
	if err != nil {
		return nil, "", asS3(err)
	}
	for _, in := range job.Inputs {
		if bucket != o.claims.Bucket || key != contentKey(job.Pipeline, in) {
			continue
		}
		var content penstock.Zip
		if err := o.engine.LoadArtifact(ctx, o.job, in.Name, &content); err != nil {
			return nil, "", asS3(err)
		}
		r, err := content.Open(ctx)
		return r, strings.TrimPrefix(in.Digest, "sha256:"), asS3(err)
	}
	return nil, "", errOtherKey
}

// Writable answers whether there is such an output.
func (o *jobObjects) Writable(ctx context.Context, bucket, key string) error {
	_, err := o.output(penstock.WithActor(ctx, o.claims.Actor), bucket, key)
	return err
}

func (o *jobObjects) output(ctx context.Context, bucket, key string) (name string, err error) {
	job, err := o.engine.JobDetails(ctx, o.job)
	if err != nil {
		return "", asS3(err)
	}
	for _, name := range job.Outputs {
		if bucket == o.claims.Bucket && key == outputKey(job, name) {
			return name, nil
		}
	}
	return "", errOtherKey
}

// Put keeps an output. It is the action's when the job succeeds.
func (o *jobObjects) Put(ctx context.Context, bucket, key string, content io.ReaderAt, size int64) error {
	ctx = penstock.WithActor(ctx, o.claims.Actor)
	name, err := o.output(ctx, bucket, key)
	if err != nil {
		return err
	}
	return asS3(o.engine.StoreArtifact(ctx, o.job, name, penstock.ZipFrom(content, size)))
}

// asS3 is an error of the engine as S3 tells it.
func asS3(err error) error {
	var coded *penstock.Error
	if !errors.As(err, &coded) {
		return err
	}
	text := string(coded.Code)
	if coded.Err != nil {
		text = coded.Err.Error()
	}
	switch coded.Code {
	case penstock.ErrInvalidJobState:
		return objects.Denied(text + ": an artifact is put between the acknowledgement of its job and the result")
	case penstock.ErrJobNotFound, penstock.ErrInvalidNonce, penstock.ErrInvalidClientToken, penstock.ErrDenied, penstock.ErrNotFound:
		return objects.Denied(text)
	case penstock.ErrInvalid:
		return objects.Invalid("An artifact is a ZIP of files, directories and links that lie inside it: " + text)
	case penstock.ErrLimitExceeded:
		return &objects.Error{Status: http.StatusBadRequest, Code: "EntityTooLarge", Message: text}
	case penstock.ErrUnavailable:
		return &objects.Error{Status: http.StatusServiceUnavailable, Code: "ServiceUnavailable", Message: "The artifact cannot be had or kept now. Try again later."}
	default:
		return err
	}
}
