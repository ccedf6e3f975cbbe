// Package sdktest answers: do AWS's own clients understand package awsapi?
//
// It has tests alone, in a module of its own: the SDK is no dependency of Penstock.
package sdktest
