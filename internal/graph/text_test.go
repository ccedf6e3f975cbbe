package graph

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock-dev/penstock/internal/definition"
)

func TestWrap(t *testing.T) {
	f := font{size: 10}
	for _, test := range []struct {
		name, text string
		width      int
		lines      int
		want       []string
	}{
		{"nothing", "", 100, 2, nil},
		{"it fits", "Build", 100, 2, []string{"Build"}},
		{"at a hyphen", "deploy-production-eu", 80, 2, []string{"deploy-", "production-eu"}},
		{"at a space, which is gone", "deploy production", 70, 2, []string{"deploy", "production"}},
		{"anywhere, when there is no better place", "deployproduction", 60, 2, []string{"deployprod", "uction"}},
		{"not at the very beginning", "a-deployproduction", 60, 2, []string{"a-deploypr", "oduction"}},
		{"too long", "deploy-production-eu-west", 70, 2, []string{"deploy-", "production-…"}},
		{"too long for one line", "deploy-production-eu-west", 70, 1, []string{"deploy-pro…"}},
		{"one character at least", "WWW", 1, 2, []string{"W", "W…"}},
		{"marks stay with their letter", "e\u0301e\u0301e\u0301", 12, 2, []string{"e\u0301", "e\u0301…"}},
		{"joined characters stay together", "👩‍👧👩‍👧", 30, 2, []string{"👩‍👧", "👩‍👧"}},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, f.wrap(test.text, test.width, test.lines)) })
	}
}

func TestWrappedLinesFitAndLoseNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := font{size: rapid.SampledFrom([]int{11, 13, 24}).Draw(t, "size"), bold: rapid.Bool().Draw(t, "bold")}
		text := clean(anyName().Draw(t, "text"))
		width := rapid.IntRange(4*f.size, 300).Draw(t, "width")
		lines := f.wrap(text, width, rapid.IntRange(1, 4).Draw(t, "lines"))
		for _, line := range lines {
			if f.width(line) > width && len(f.clusters(line)) > 2 { // one character and an ellipsis may be wider
				require.Fail(t, "too wide", "%q has %d, over %d", line, f.width(line), width)
			}
		}
		all := strings.Join(lines, "")
		kept, cut := strings.CutSuffix(all, "…")
		bare := strings.ReplaceAll(text, " ", "")
		if kept = strings.ReplaceAll(kept, " ", ""); cut && strings.ReplaceAll(all, " ", "") != bare {
			require.True(t, strings.HasPrefix(bare, kept), "%q is not the beginning of %q", kept, bare)
		} else {
			require.Equal(t, bare, strings.ReplaceAll(all, " ", ""))
		}
	})
}

func TestWidth(t *testing.T) {
	for _, test := range []struct {
		name, text string
		bold       bool
		want       int
	}{
		{"nothing", "", false, 0},
		{"narrow", "iii", false, 9},
		{"wide", "WWW", false, 30},
		{"bold", "WWW", true, 34},
		{"an accent of its own", "e\u0301", false, 7},
		{"unknown letters have room", "デプロ", false, 33},
		{"emoji", "🚀", false, 14},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, font{10, test.bold}.width(test.text)) })
	}
	require.Len(t, regular, '~'-' '+1)
	require.Len(t, bold, '~'-' '+1)
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"a name", "eu-west", "eu-west"},
		{"lines", " a\r\n\tb ", "a b"},
		{"control characters", "a\x00\x1bb", "a��b"},
		{"what turns text around", "a\u202eb\u2066c\u200fd", "abcd"},
		{"what is no text", "a\xffb", "a�b"},
		{"right to left", "مرحلة", "مرحلة"},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, clean(test.in)) })
	}
}

func TestConditionWords(t *testing.T) {
	both := []definition.Condition{conditions("FAIL", "A", "B").Conditions[0], conditions("ROLLBACK", "C").Conditions[0]}
	stop, back := successWords(both)
	require.Equal(t, "fail unless A, B", stop)
	require.Equal(t, []string{"roll back after success unless C"}, back)
	for _, test := range []struct {
		name string
		in   definition.OnFailure
		want []string
	}{
		{"nothing", definition.OnFailure{}, nil},
		{"rollback", definition.OnFailure{Result: "ROLLBACK"}, []string{"roll back on failure"}},
		{"retry", definition.OnFailure{Result: "RETRY"}, []string{"retry failed actions on failure"}},
		{"retry all", definition.OnFailure{Result: "RETRY", RetryConfiguration: &definition.RetryConfiguration{RetryMode: "ALL_ACTIONS"}}, []string{"retry all actions on failure"}},
		{"on a condition", definition.OnFailure{Conditions: conditions("ROLLBACK", "Severe").Conditions}, []string{"roll back on failure if Severe"}},
	} {
		t.Run(test.name, func(t *testing.T) { require.Equal(t, test.want, failureWords(test.in)) })
	}
}

func TestDescription(t *testing.T) {
	require.Equal(t, "Pipeline storefront: 4 stages, 13 actions, queued. Stage Source: Checkout. "+
		"Stage Build: at entry skip unless MainOnly; Image, then (at once Unit, EndToEnd, Scan); retry failed actions on failure. "+
		"Stage SignOff: Release (approval). "+
		"Stage Production: (2 at once of (eu-canary, then eu), (us-canary, then us), (ap-canary, then ap)), then Announce; fail unless Alarms; roll back on failure.",
		model(storefront(), Options{}).describe())
}

func TestArtifactsFlow(t *testing.T) {
	var f flows
	for i, a := range []*action{
		{inputs: []string{"code"}},
		{outputs: []string{"code"}},
		{inputs: []string{"code"}, outputs: []string{"code"}},
		{inputs: []string{"code", "unheard"}},
	} {
		f.add(string(rune('a'+i)), a)
	}
	require.Equal(t, []flow{{"b", "code", "c"}, {"c", "code", "d"}}, f.links)
}
