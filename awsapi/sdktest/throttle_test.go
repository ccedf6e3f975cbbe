package sdktest

import (
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi"
)

// The SDK knows the exception, and comes again later.
func TestWhoAsksTooOftenIsThrottled(t *testing.T) {
	b := newBench(t, penstock.Config{})
	begun := time.Now()
	var passed atomic.Int64
	server := httptest.NewServer(awsapi.NewHandler(b.engine, &awsapi.Options{
		Region: region, Account: "123456789012", Credentials: keys, Rate: awsapi.Rate{PerSecond: 1, Burst: 2}, Now: func() time.Time { return begun.Add(time.Duration(passed.Load())) },
	}))
	t.Cleanup(server.Close)
	c := b.client(server.URL)
	list := func() error {
		_, err := c.ListPipelines(b.ctx, &codepipeline.ListPipelinesInput{}, func(o *codepipeline.Options) { o.Retryer = aws.NopRetryer{} })
		return err
	}
	require.NoError(t, list())
	require.NoError(t, list())
	err := list()
	require.Equal(t, "ThrottlingException", errorOf[smithy.APIError](t, err).ErrorCode())
	require.Equal(t, aws.TrueTernary, retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err))
	passed.Store(int64(time.Second))
	require.NoError(t, list())
}
