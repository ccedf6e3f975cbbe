package penstock_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain proves that engines that have drained leave no goroutine.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
