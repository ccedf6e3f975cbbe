package main

import (
	"context"
	"errors"

	"github.com/penstock-dev/penstock"
)

// Image is an artifact's content: any type that can be JSON.
type Image struct{ Digest string }

// Registry is the source of images.
type Registry struct{ Image penstock.Output[Image] }

// ActionType is the name that stored pipelines know it by.
func (Registry) ActionType() penstock.ActionType {
	return penstock.ActionType{Category: penstock.CategorySource, Provider: "AcmeRegistry", Version: "1"}
}

func newest(ctx context.Context, call *penstock.Call[Registry]) error {
	return call.Config.Image.Store(ctx, call, Image{Digest: "sha256:5f2b"})
}

// acme is busy when it is asked first; then one replica becomes healthy between two looks.
type acme struct{ asked, healthy int }

func (a *acme) Begin(string, string, Image, int) (string, error) {
	if a.asked++; a.asked == 1 {
		return "", errors.New("503: come back later")
	}
	return "rollout-17", nil
}

func (a *acme) Healthy(string, string) (int, error) {
	a.healthy++
	return a.healthy, nil
}

// vault has the secrets by their names; a real one asks a secret manager.
type vault map[string]string

func (v vault) ResolveSecret(_ context.Context, name string) (string, error) { return v[name], nil }
