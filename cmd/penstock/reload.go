package main

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"

	"github.com/penstock-dev/penstock/awsapi"
)

// private is what the files of --credentials and --secrets have; it can be read anew while it is used.
type private struct {
	credentialsFile, secretsFile string // empty: none
	credentials                  atomic.Pointer[awsapi.StaticCredentials]
	secrets                      atomic.Pointer[secrets]
}

// read reads all files, and takes them only together: after an error it has what it had before.
func (p *private) read() error {
	var keys awsapi.StaticCredentials
	var values secrets
	var err, problem error
	if p.credentialsFile != "" {
		keys, err = readCredentials(p.credentialsFile)
	}
	if p.secretsFile != "" {
		values, problem = readSecrets(p.secretsFile)
	}
	if err := errors.Join(err, problem); err != nil {
		return err
	}
	p.credentials.Store(&keys)
	p.secrets.Store(&values)
	return nil
}

// again reads the files once more, for a process that goes on in any case.
func (p *private) again(log *slog.Logger) {
	if err := p.read(); err != nil {
		log.Error("credentials and secrets stay what they were", "error", err)
		return
	}
	log.Info("credentials and secrets were read anew", "keys", len(*p.credentials.Load()), "secrets", len(*p.secrets.Load()))
}

// keys are nil where everybody on this machine may do anything.
func (p *private) keys() awsapi.Credentials {
	if p.credentialsFile == "" {
		return nil
	}
	return p
}

// Credential looks an access key up among those of now.
func (p *private) Credential(ctx context.Context, accessKey string) (awsapi.Credential, error) {
	return p.credentials.Load().Credential(ctx, accessKey)
}

// ResolveSecret answers the value that a secret has now.
func (p *private) ResolveSecret(ctx context.Context, name string) (string, error) {
	return p.secrets.Load().ResolveSecret(ctx, name)
}
