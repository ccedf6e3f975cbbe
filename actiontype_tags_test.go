package penstock_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/memory"
)

func TestTagsOfActionTypes(t *testing.T) {
	state := memory.New(nil)
	e := bare(t, state)
	scan := scanType().Type()
	tags := func() map[string]string {
		t.Helper()
		found, err := bare(t, state).ActionTypeTags(t.Context(), scan)
		require.NoError(t, err)
		return found
	}
	do := func(c penstock.Command) error { return second(e.Do(t.Context(), c)) }
	require.NoError(t, do(penstock.CreateActionType{Type: scanType(), Tags: map[string]string{"team": "web"}}))
	require.Equal(t, map[string]string{"team": "web"}, tags())
	require.NoError(t, do(penstock.TagActionType{Type: scan, Tags: map[string]string{"team": "ops", "tier": "1"}}))
	require.NoError(t, do(penstock.UntagActionType{Type: scan, Keys: []string{"tier", "nothing"}}))
	require.Equal(t, map[string]string{"team": "ops"}, tags())

	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprint(i)] = ""
	}
	require.ErrorIs(t, do(penstock.TagActionType{Type: scan, Tags: many}), penstock.ErrTooManyTags, "one is there already")
	require.ErrorIs(t, do(penstock.TagActionType{Type: scan, Tags: map[string]string{"aws:x": ""}}), penstock.ErrInvalidTags)
	require.Equal(t, map[string]string{"team": "ops"}, tags())

	for _, none := range []penstock.ActionType{
		{Category: penstock.CategoryTest, Provider: "Nope", Version: "1"},
		{Category: penstock.CategoryBuild, Owner: penstock.OwnerAWS, Provider: "CodeBuild", Version: "1"},
	} {
		require.ErrorIs(t, do(penstock.TagActionType{Type: none}), penstock.ErrActionTypeNotFound)
		require.ErrorIs(t, do(penstock.UntagActionType{Type: none}), penstock.ErrActionTypeNotFound)
		require.ErrorIs(t, second(e.ActionTypeTags(t.Context(), none)), penstock.ErrActionTypeNotFound)
	}
	other := scanType()
	other.Version = "2"
	require.NoError(t, do(penstock.CreateActionType{Type: other, Tags: many}))
	other.Version = "3"
	require.ErrorIs(t, do(penstock.CreateActionType{Type: other, Tags: map[string]string{"aws:x": ""}}), penstock.ErrInvalidTags)
	found, err := e.DeclaredTypes(t.Context(), scan, other.Type())
	require.NoError(t, err)
	require.Len(t, found, 1, "what was refused is not there")
	require.Equal(t, scan, found[scan].Type)

	require.NoError(t, e.DeleteActionType(t.Context(), penstock.CategoryTest, "Scan", "1"))
	require.ErrorIs(t, second(e.ActionTypeTags(t.Context(), scan)), penstock.ErrActionTypeNotFound)
	require.NoError(t, e.CreateActionType(t.Context(), scanType()))
	require.Empty(t, tags(), "they went with the type")
}

// A type that no process registers any more is forgotten with its tags, and comes back without.
func TestTagsOfRegisteredTypes(t *testing.T) {
	state := memory.New(nil)
	own, other := newBench(t, penstock.Config{State: state}), bare(t, state)
	registered := job{}.ActionType()
	registered.Owner = penstock.OwnerCustom
	apply := func() {
		t.Helper()
		_, err := own.Apply(t.Context(), simple("work"))
		require.NoError(t, err)
	}
	apply()
	require.NoError(t, second(other.Do(t.Context(), penstock.TagActionType{Type: registered, Tags: map[string]string{"team": "web"}})))
	tags, err := own.ActionTypeTags(t.Context(), registered)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"team": "web"}, tags)
	require.NoError(t, other.DeleteActionType(t.Context(), registered.Category, registered.Provider, registered.Version))
	apply()
	tags, err = other.ActionTypeTags(t.Context(), registered)
	require.NoError(t, err)
	require.Empty(t, tags)
}
