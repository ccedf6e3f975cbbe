package awsapi_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain proves that nothing of the handler outlives a request.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
