package awsapi

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// resource is something that has tags.
type resource interface {
	tags(ctx context.Context, c *call) (map[string]string, error)
	tag(command string, tags map[string]string) penstock.Command
	untag(command string, keys []string) penstock.Command
}

// resource is what an ARN names.
func (c *call) resource(arn string) (resource, error) {
	parts := strings.SplitN(arn, ":", 6) // as the model has it
	name := parts[5]
	switch kind, rest, _ := strings.Cut(name, ":"); {
	case parts[3] != c.options.Region || parts[4] != c.options.Account:
		return nil, invalidArn(arn, "it is of another region or account than this endpoint's, "+c.options.Region+" and "+c.options.Account)
	case kind == "actiontype" && strings.Count(rest, "/") == 3:
		id := strings.Split(rest, "/")
		return taggedType{Owner: penstock.Owner(id[0]), Category: penstock.Category(id[1]), Provider: id[2], Version: id[3]}, nil
	case kind == "webhook" && rest != "" && !strings.ContainsAny(rest, ":/"):
		return taggedWebhook(rest), nil
	case strings.ContainsAny(name, ":/"):
		return nil, invalidArn(arn, "pipelines, action types and webhooks have tags")
	default:
		return taggedPipeline(name), nil
	}
}

func invalidArn(arn, why string) error {
	return &exception{http.StatusBadRequest, "InvalidArnException", "Invalid ARN [" + arn + "]: " + why}
}

type taggedPipeline string

func (p taggedPipeline) tags(ctx context.Context, c *call) (map[string]string, error) {
	info, err := c.engine.PipelineInfo(ctx, string(p))
	return info.Tags, err
}

func (p taggedPipeline) tag(command string, tags map[string]string) penstock.Command {
	return penstock.TagPipeline{ID: command, Pipeline: string(p), Tags: tags}
}

func (p taggedPipeline) untag(command string, keys []string) penstock.Command {
	return penstock.UntagPipeline{ID: command, Pipeline: string(p), Keys: keys}
}

type taggedType penstock.ActionType

func (t taggedType) tags(ctx context.Context, c *call) (map[string]string, error) {
	return c.engine.ActionTypeTags(ctx, penstock.ActionType(t))
}

func (t taggedType) tag(command string, tags map[string]string) penstock.Command {
	return penstock.TagActionType{ID: command, Type: penstock.ActionType(t), Tags: tags}
}

func (t taggedType) untag(command string, keys []string) penstock.Command {
	return penstock.UntagActionType{ID: command, Type: penstock.ActionType(t), Keys: keys}
}

type taggedWebhook string

func (w taggedWebhook) tags(ctx context.Context, c *call) (map[string]string, error) {
	info, err := c.engine.Webhook(ctx, string(w))
	return info.Tags, err
}

func (w taggedWebhook) tag(command string, tags map[string]string) penstock.Command {
	return penstock.TagWebhook{ID: command, Name: string(w), Tags: tags}
}

func (w taggedWebhook) untag(command string, keys []string) penstock.Command {
	return penstock.TagWebhook{ID: command, Name: string(w), Remove: keys}
}

// retag carries out a command on a resource's tags.
func (c *call) retag(ctx context.Context, arn string, command penstock.Command) (*none, error) {
	_, err := c.engine.Do(ctx, command)
	return &none{}, onTags(arn, err)
}

// onTags is an error of a command that gives tags to what the ARN names.
func onTags(arn string, err error) error {
	if errors.Is(err, penstock.ErrTooManyTags) {
		return &exception{http.StatusBadRequest, "TooManyTagsException", "Tag limit exceeded for resource [" + arn + "]."}
	}
	return err
}

// tagsOf reads tags of a request; nil where it has none. A key stands once.
func tagsOf(list []wire.Tag) (map[string]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := map[string]string{}
	for _, tag := range list {
		if _, twice := out[tag.Key]; twice {
			return nil, &exception{http.StatusBadRequest, "InvalidTagsException", "The tag key '" + tag.Key + "' is given more than once"}
		}
		out[tag.Key] = tag.Value
	}
	return out, nil
}

// tagList is tags as they are told, by key.
func tagList(tags map[string]string) []wire.Tag {
	out := []wire.Tag{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, wire.Tag{Key: key, Value: tags[key]})
	}
	return out
}
