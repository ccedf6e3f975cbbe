package sdktest

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline"
	"github.com/aws/aws-sdk-go-v2/service/codepipeline/types"
	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
)

const account = "arn:aws:codepipeline:" + region + ":123456789012:"

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

func (b *bench) tag(arn string, tags ...types.Tag) error {
	_, err := b.TagResource(b.ctx, &codepipeline.TagResourceInput{ResourceArn: &arn, Tags: tags})
	return err
}

func (b *bench) untag(arn string, keys ...string) error {
	_, err := b.UntagResource(b.ctx, &codepipeline.UntagResourceInput{ResourceArn: &arn, TagKeys: keys})
	return err
}

func (b *bench) tags(arn string) (out []types.Tag) {
	b.t.Helper()
	for p := codepipeline.NewListTagsForResourcePaginator(b.Client, &codepipeline.ListTagsForResourceInput{ResourceArn: &arn}); p.HasMorePages(); {
		page, err := p.NextPage(b.ctx)
		require.NoError(b.t, err)
		out = append(out, page.Tags...)
	}
	return out
}

func TestTags(t *testing.T) {
	for _, of := range []string{"site", "actiontype:Custom/Test/Scan/1", "webhook:push"} {
		t.Run(of, func(t *testing.T) {
			b := newBench(t, penstock.Config{})
			b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
			_, err := b.CreateCustomActionType(b.ctx, scanType())
			require.NoError(t, err)
			_, err = b.PutWebhook(b.ctx, &codepipeline.PutWebhookInput{Webhook: hookOf("push", func(w *types.WebhookDefinition) { w.Filters = []types.WebhookFilterRule{} })})
			require.NoError(t, err)
			arn := account + of
			require.Empty(t, b.tags(arn))
			require.NoError(t, b.tag(arn, tag("team", "web"), tag("tier", "")))
			require.NoError(t, b.tag(arn, tag("team", "ops")))
			require.Equal(t, []types.Tag{tag("team", "ops"), tag("tier", "")}, b.tags(arn))
			require.NoError(t, b.untag(arn, "tier", "nothing"))
			require.Equal(t, []types.Tag{tag("team", "ops")}, b.tags(arn))

			many := make([]types.Tag, 50)
			for i := range many {
				many[i] = tag(fmt.Sprintf("key-%d", i), "value")
			}
			err = b.tag(arn, many...)
			require.Equal(t, "Tag limit exceeded for resource ["+arn+"].", *errorOf[*types.TooManyTagsException](t, err).Message, "one is there already")
			fails[*types.InvalidTagsException](t, b.tag(arn, tag("aws:team", "web")))
			fails[*types.InvalidTagsException](t, b.tag(arn, tag("team", "a"), tag("team", "b")))
			fails[*types.InvalidTagsException](t, b.untag(arn, "aws:team"))
			fails[*types.ValidationException](t, b.tag(arn, tag("", "web")))
			fails[*types.ValidationException](t, b.untag(arn, ""))
			require.Equal(t, []types.Tag{tag("team", "ops")}, b.tags(arn))
			_, err = b.ListTagsForResource(b.ctx, &codepipeline.ListTagsForResourceInput{ResourceArn: &arn, NextToken: aws.String("more")})
			fails[*types.InvalidNextTokenException](t, err)
		})
	}
}

func TestWhatHasNoTags(t *testing.T) {
	b := newBench(t, penstock.Config{})
	b.create(pipeline("site", types.ExecutionModeQueued, jobAction("Ship", "ok")))
	list := func(arn string) error {
		_, err := b.ListTagsForResource(b.ctx, &codepipeline.ListTagsForResourceInput{ResourceArn: &arn})
		return err
	}
	for _, ask := range []func(arn string) error{func(arn string) error { return b.tag(arn, tag("team", "web")) }, func(arn string) error { return b.untag(arn, "team") }, list} {
		fails[*types.ResourceNotFoundException](t, ask(account+"other"))
		fails[*types.ResourceNotFoundException](t, ask(account+"actiontype:Custom/Test/Nope/1"))
		fails[*types.ResourceNotFoundException](t, ask(account+"actiontype:AWS/Build/CodeBuild/1"))
		fails[*types.ResourceNotFoundException](t, ask(account+"webhook:push"))
		fails[*types.InvalidArnException](t, ask(account+"webhook:push/7"))
		fails[*types.InvalidArnException](t, ask(account+"webhook:"))
		fails[*types.InvalidArnException](t, ask(account+"site/Deploy"))
		fails[*types.InvalidArnException](t, ask(account+"actiontype:Custom/Test"))
		fails[*types.InvalidArnException](t, ask("arn:aws:codepipeline:us-east-2:123456789012:site"))
		fails[*types.InvalidArnException](t, ask("arn:aws:codepipeline:"+region+":210987654321:site"))
		fails[*types.ValidationException](t, ask("arn:aws:s3:::site"))
	}
}
