package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock"
	"github.com/penstock-dev/penstock/store/sqlite"
)

// declaringDir has this binary create action types, in the store that is in this folder, until it is killed.
const declaringDir = "DURABLE_TEST_DECLARES_IN"

func buildType(n int) penstock.CustomActionType {
	return penstock.CustomActionType{Category: penstock.CategoryBuild, Provider: fmt.Sprintf("P%03d", n), Version: "1"}
}

func onSQLite(ctx context.Context, dir string) (*sqlite.Store, *penstock.Engine, error) {
	state, err := sqlite.Open(ctx, dir, nil)
	if err != nil {
		return nil, nil, err
	}
	e, err := penstock.NewEngine(penstock.Config{State: state, Limits: penstock.Limits{CustomActionTypes: 1000}})
	return state, e, err
}

// declareTypes prints each type that was acknowledged.
func declareTypes(ctx context.Context, dir string) error {
	_, e, err := onSQLite(ctx, dir)
	for n := 0; err == nil; n++ {
		if _, err = e.Do(ctx, penstock.CreateActionType{ID: buildType(n).Provider, Type: buildType(n)}); err == nil {
			fmt.Println(n)
		}
	}
	return err
}

// Types that were acknowledged are there after kill -9, and a command that is offered again acts no second time.
func TestKilledWhileTypesAreCreated(t *testing.T) {
	dir, acknowledged := t.TempDir(), -1
	for range 3 {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), declaringDir+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for seen := 0; lines.Scan(); seen++ {
			if _, err := fmt.Sscan(lines.Text(), &acknowledged); err != nil {
				break // cut off by the kill
			}
			if seen == 20 {
				require.NoError(t, cmd.Process.Kill())
			}
		}
		require.Error(t, cmd.Wait())
		require.GreaterOrEqual(t, acknowledged, 20)

		state, e, err := onSQLite(t.Context(), dir)
		require.NoError(t, err)
		page, err := e.ActionTypes(t.Context(), penstock.ActionTypeQuery{Owner: penstock.OwnerCustom, Limit: 1000})
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(page.Types), acknowledged+1)
		head, err := e.VerifyAudit(t.Context(), penstock.CatalogueAudit)
		require.NoError(t, err)
		require.Equal(t, len(page.Types), int(head.Number), "each was noted once")
		require.NoError(t, state.Close())
	}
}
