package machine

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// mostTags is how many tags a pipeline may have (spec F).
const mostTags = 50

// SetTags gives the pipeline tags, or takes some from it. What they may look like is judged before; how many there may be, here.
type SetTags struct {
	Set    map[string]string // each replaces one of the same key
	Remove []string          // keys; one that is not there is no error, one that is set is set
	By     string
}

func (in *SetTags) decide(d *decision) error {
	if err := d.defined(); err != nil {
		return err
	}
	e := &TagsChanged{At: d.now, By: in.By}
	for _, key := range slices.Sorted(maps.Keys(in.Set)) {
		if value, there := d.Tags[key]; !there || value != in.Set[key] {
			put(&e.Set, key, in.Set[key])
		}
	}
	for _, key := range in.Remove {
		_, there := d.Tags[key]
		if _, set := in.Set[key]; there && !set && !slices.Contains(e.Removed, key) {
			e.Removed = append(e.Removed, key)
		}
	}
	if len(e.Set)+len(e.Removed) == 0 {
		return nil
	}
	if after := e.tags(d.Tags); len(after) > mostTags {
		return refuse(CodeTooManyTags, fmt.Sprintf("pipeline %s would have %d tags; up to %d are allowed", d.Name, len(after), mostTags), "remove some first")
	}
	d.emit(e)
	d.out.Records = append(d.out.Records, d.pipelineRecord())
	return nil
}

// TagsChanged says that tags were set or removed; only what differs is named. None is in both.
type TagsChanged struct {
	At      time.Time         `wire:"1"`
	Set     map[string]string `wire:"2"`
	Removed []string          `wire:"3"`
	By      string            `wire:"4"`
}

// Kind names the event.
func (*TagsChanged) Kind() string { return "tags.changed" }

// When is the time it was decided at.
func (e *TagsChanged) When() time.Time { return e.At }

func (e *TagsChanged) apply(s *State) { s.Tags = e.tags(s.Tags) }

// tags are what there is after the event.
func (e *TagsChanged) tags(before map[string]string) map[string]string {
	after := map[string]string{}
	maps.Copy(after, before)
	maps.Copy(after, e.Set)
	for _, key := range e.Removed {
		delete(after, key)
	}
	return after
}
