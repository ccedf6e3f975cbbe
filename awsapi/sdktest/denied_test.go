package sdktest

import (
	"testing"

	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"
)

// denied demands S3's AccessDenied.
func denied(t *testing.T, err error) { t.Helper(); says(t, "AccessDenied", err) }

// says demands an error of S3's.
func says(t *testing.T, code string, err error) {
	t.Helper()
	require.Equal(t, code, errorOf[smithy.APIError](t, err).ErrorCode(), "%v", err)
}
