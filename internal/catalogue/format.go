package catalogue

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock-dev/penstock/internal/definition"
	"github.com/penstock-dev/penstock/internal/window"
)

// formats are TypeInfo.Check of a type: how the text of a key must look, where its kind and values do not say it all.
type formats map[string]func(text string) error

func (f formats) check(key, text string) error {
	if judge := f[key]; judge != nil {
		return judge(text)
	}
	return nil
}

// whole wants a whole number in a range.
func whole(least, most int) func(string) error {
	return func(text string) error {
		if n, err := strconv.Atoi(text); err != nil || n < least || n > most {
			return fmt.Errorf("%q must be a whole number from %d to %d", text, least, most)
		}
		return nil
	}
}

// wholeOrShare wants a whole number of at least 1, or a percentage.
func wholeOrShare(text string) error {
	number, isShare := strings.CutSuffix(text, "%")
	if n, err := strconv.Atoi(number); err != nil || n < 0 || isShare && n > 100 {
		return fmt.Errorf("%q must be a whole number or a percentage", text)
	}
	return nil
}

// listOf wants some of the values, joined by commas.
func listOf(values ...string) func(string) error {
	return func(text string) error {
		for member := range strings.SplitSeq(text, ",") {
			if !slices.Contains(values, strings.TrimSpace(member)) {
				return fmt.Errorf("%q must be one of %s", member, strings.Join(values, ", "))
			}
		}
		return nil
	}
}

// atMost wants a list joined by commas that is no longer than that.
func atMost(n int) func(string) error {
	return func(text string) error {
		if m := strings.Count(text, ",") + 1; m > n {
			return fmt.Errorf("lists %d; up to %d are allowed", m, n)
		}
		return nil
	}
}

// objects wants a JSON list of objects whose members are texts: those required, others only where they are optional.
func objects(required []string, optional map[string][]string) func(string) error {
	return func(text string) error {
		var list []map[string]string
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return fmt.Errorf("must be a JSON list of objects with texts: %w", err)
		}
		for i, object := range list {
			if err := checkObject(object, required, optional); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
}

func checkObject(object map[string]string, required []string, optional map[string][]string) error {
	for _, name := range required {
		if _, ok := object[name]; !ok {
			return fmt.Errorf("lacks %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text := object[name]
		values, ok := optional[name]
		switch {
		case !ok && !slices.Contains(required, name):
			return fmt.Errorf("has an unknown member %q; known are %s", name,
				strings.Join(slices.Concat(required, slices.Sorted(maps.Keys(optional))), ", "))
		case ok && values != nil && !slices.Contains(values, text):
			return fmt.Errorf("%s %q must be one of %s", name, text, strings.Join(values, ", "))
		}
	}
	return nil
}

// jsonObject wants a JSON object of at most so many bytes.
func jsonObject(most int) func(string) error {
	return func(text string) error {
		if len(text) > most {
			return fmt.Errorf("has %d bytes; up to %d are allowed", len(text), most)
		}
		var object map[string]any
		if err := json.Unmarshal([]byte(text), &object); err != nil {
			return fmt.Errorf("must be a JSON object: %w", err)
		}
		return nil
	}
}

var strategies = regexp.MustCompile(`^(?:(AllAtOnce)|Canary(\d+)Percent(\d+)Minutes?|Linear(\d+)PercentEvery(\d+)Minutes?)$`)

// mostWait is how long a Lambda deployment may wait altogether, in minutes: two days (spec D3).
const mostWait = 2 * 24 * 60

// strategy wants how a Lambda deployment shifts traffic (spec D3).
func strategy(text string) error {
	found := strategies.FindStringSubmatch(text)
	if found == nil {
		return fmt.Errorf("%q must be AllAtOnce, Canary<p>Percent<m>Minutes or Linear<p>PercentEvery<m>Minutes", text)
	}
	if found[1] != "" {
		return nil
	}
	percent, _ := strconv.Atoi(found[2] + found[4])
	minutes, err := strconv.Atoi(found[3] + found[5])
	if percent < 1 || percent > 99 || minutes < 1 || err != nil {
		return fmt.Errorf("%q must shift 1 to 99 percent and wait at least 1 minute", text)
	}
	waits := 1
	if found[4] != "" {
		waits = (99+percent)/percent - 1 // no wait after the last step
	}
	if minutes > mostWait/waits {
		return fmt.Errorf("%q waits for more than two days", text)
	}
	return nil
}

// cron wants a Quartz expression: six fields and an optional year (spec C12).
func cron(text string) error {
	_, err := window.Parse(text)
	return err
}

// expression wants a regular expression where a VariableCheck compares with one. Those of the service's platform know look-around and back
// references, which would let a definition keep a process busy for ever.
func expression(a definition.Action) []definition.Fault {
	text := a.Configuration["Value"]
	if a.Configuration["Operator"] != "MATCHES" || definition.HasReference(text) {
		return nil
	}
	if _, err := regexp.Compile(text); err != nil {
		return []definition.Fault{{Key: "Value", Message: fmt.Sprintf("%v; look-around and back references are not known", err)}}
	}
	return nil
}
