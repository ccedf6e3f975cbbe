package sdktest

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/penstock-dev/penstock/awsapi/internal/answer"
	"github.com/penstock-dev/penstock/awsapi/internal/wire"
)

// told is an exception that an operation has, or could have, answered.
type told struct{ operation, exception string }

// driven are the exceptions that the tests of this package have had the endpoint answer to the SDK.
var driven sync.Map // of told

func note(operation string, status int, body []byte) {
	var e answer.Error
	if status != http.StatusOK && json.Unmarshal(body, &e) == nil {
		driven.Store(told{operation, e.Type}, true)
	}
}

// TestMain demands of a run of all tests that every exception which the model knows of an operation was driven, or stands in cannot.
func TestMain(m *testing.M) {
	code := m.Run()
	if whole := flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.skip").Value.String() == "" && flag.Lookup("test.list").Value.String() == ""; whole && code == 0 {
		for _, gap := range gaps() {
			fmt.Fprintln(os.Stderr, gap)
			code = 1
		}
	}
	os.Exit(code)
}

// gaps are the exceptions that nothing is known of, and the reasons that are none any more.
func gaps() (out []string) {
	unused := map[told]bool{}
	for of := range cannot {
		unused[of] = true
	}
	for _, op := range wire.Operations {
		for _, exception := range op.Errors {
			of := told{op.Name, exception}
			_, was := driven.Load(of)
			why := cannot[of]
			delete(unused, of)
			switch {
			case was && why != "":
				out = append(out, fmt.Sprintf("%s answers %s after all: take it from the table of those that it cannot", op.Name, exception))
			case !was && why == "":
				out = append(out, fmt.Sprintf("no test has %s answer %s, and nothing says why it cannot", op.Name, exception))
			}
		}
	}
	for of := range unused {
		out = append(out, fmt.Sprintf("the model does not know %s of %s", of.exception, of.operation))
	}
	slices.Sort(out)
	return out
}

// cannot says why this endpoint has no way to answer an exception.
var cannot = map[told]string{
	{"ListRuleTypes", "InvalidNextTokenException"}: "the operation takes no token: all rule types are told at once",
	{"UpdatePipeline", "LimitExceededException"}:   "the service answers it where there are too many pipelines, and an update makes none; too many stages are InvalidStructureException",
}
