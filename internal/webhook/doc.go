// Package webhook answers: does a delivery to a webhook's URL come from whom it should, and is it one that starts a release (spec B1)?
package webhook
