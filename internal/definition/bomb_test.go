package definition

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bombs are texts that are made to cost more than they are worth. The large ones are made when they are asked for.
func bombs() map[string]func() []byte {
	text := func(format string, args ...any) func() []byte {
		return func() []byte { return fmt.Appendf(nil, format, args...) }
	}
	fill := func(head, member, tail string, size int) func() []byte {
		return func() []byte {
			return []byte(head + strings.Repeat(member, (size-len(head)-len(tail))/len(member)) + tail)
		}
	}
	const full = MaxSize - 1
	return map[string]func() []byte{
		"10 000 lists deep":                     text("%s%s", strings.Repeat("[", 10000), strings.Repeat("]", 10000)),
		"10 000 objects deep":                   text("%s1%s", strings.Repeat(`{"a":`, 10000), strings.Repeat("}", 10000)),
		"10 000 groups deep":                    text(`{"penstock":{"stages":{"S":{"tree":%s1%s}}}}`, strings.Repeat(`{"sequence":[`, 10000), strings.Repeat("]}", 10000)),
		"100 MB of names":                       fill(`{"name":"`, "name", `"}`, 100<<20),
		"100 MB of fields":                      fill(`{`, `"name":"p",`, `"name":"p"}`, 100<<20),
		"one name of 1 MB":                      fill(`{"name":"`, "name", `"}`, full),
		"one field name of 1 MB":                fill(`{"`, "name", `":1}`, full),
		"a long name around many":               fill(`{"penstock":{"stages":{"`+strings.Repeat("n", full/2)+`":{"actions":{`, `"":{},`, `"":{}}}}}}`, full),
		"one unknown field after another":       fill(`{`, `"a":1,`, `"a":1}`, full),
		"one stage after another":               fill(`{"name":"p","stages":[`, `{},`, `{}]}`, full),
		"one action after another":              fill(`{"name":"p","stages":[{"name":"S","actions":[`, `{},`, `{}]}]}`, full),
		"as many actions as are read":           text(`{"name":"p","stages":[{"name":"S","actions":[{}%s]}]}`, strings.Repeat(",{}", maxObjects-6)),
		"twice as many actions as there may be": text(`{"name":"p","stages":[{"name":"S","actions":[{}%s]},{}]}`, strings.Repeat(",{}", 1999)),
		"many equal names":                      text(`{"name":"p","stages":[{"name":"S","actions":[{"name":"A","outputArtifacts":[{"name":"a"}]}%s]},{}]}`, strings.Repeat(`,{"name":"A","namespace":"N","inputArtifacts":[{"name":"a"}],"outputArtifacts":[{"name":"a"}]}`, 1900)),
		"many names like another":               text(`{"name":"p","stages":[{"name":"S","actions":[{"name":"A"}%s]},{}]}`, strings.Repeat(`,{"name":"A","inputArtifacts":[{"name":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst"}],"outputArtifacts":[{"name":"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrsu"}]}`, 1900)),
		"as many unknown actions":               text(`{"name":"p","stages":[{"name":"S","actions":[{"x":1}%s]}]}`, strings.Repeat(`,{"x":1}`, maxObjects-6)),
		"as many stages as are read":            text(`{"name":"p","stages":[{}%s]}`, strings.Repeat(",{}", maxObjects-6)),
		"one null after another":                fill(`{"name":"p","stages":[`, `null,`, `null]}`, full),
		"one command after another":             fill(`{"name":"p","stages":[{"name":"S","actions":[{"commands":[`, `"",`, `""]}]}]}`, full),
		"one escape after another":              fill(`{"name":"`, `\u0041`, `"}`, full),
		"one key after another":                 fill(`{"name":"p","stages":[{"name":"S","actions":[{"configuration":{`, `"":"",`, `"":""}}]}]}`, full),
		"a long number":                         fill(`{"version":`, `9`, `}`, full),
		"a broken end":                          fill(`{"name":"`, "name", `"`, full),
		"not UTF-8 at the end":                  fill(`{"name":"`, "name", "\xff\"}", full),
		"nothing but spaces":                    fill(``, " ", ` `, full),
	}
}

// What a refusal may cost.
const (
	mostTime   = 50 * time.Millisecond * slowdown
	mostMemory = 16 << 20
)

// cost is what a call takes: time, and the bytes that it allocates. The machine does other things too, so a call that took too much is
// tried again.
func cost(call func()) (shortest time.Duration, least uint64) {
	shortest, least = 1<<62, 1<<62
	for try := 0; try < 20 && (shortest > mostTime || least > mostMemory); try++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		call()
		shortest = min(shortest, time.Since(start))
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return shortest, least
}

func TestBombsAreRefusedCheaply(t *testing.T) {
	for name, bomb := range bombs() {
		t.Run(name, func(t *testing.T) {
			data := bomb()
			var err error
			took, allocated := cost(func() {
				var p Pipeline
				if p, err = Parse(data); err == nil {
					err = Validate(p, known, Limits{})
				}
			})
			require.Error(t, err)
			require.Less(t, len(err.Error()), 1<<20)
			require.LessOrEqual(t, took, mostTime)
			require.LessOrEqual(t, allocated, uint64(mostMemory))
			took, allocated, err = templated(data)
			require.Error(t, err)
			require.LessOrEqual(t, took, mostTime, "in a template")
			require.LessOrEqual(t, allocated, uint64(mostMemory), "in a template")
		})
	}
}

// templated is a bomb inside a template.
func templated(data []byte) (took time.Duration, allocated uint64, err error) {
	template := []byte(`{"Resources":{"P":{"Type":"AWS::CodePipeline::Pipeline","Properties":` + string(data) + `}}}`)
	took, allocated = cost(func() { _, err = ParseCloudFormation(template, "", nil) })
	return took, allocated, err
}

func TestParseRefusesWhatNobodyMeans(t *testing.T) {
	for _, test := range []struct{ name, json, want string }{
		{"a member of a list that is null", `{"stages":[null]}`, `pipeline.stages[0]: an object is wanted here, not null; remove it`},
		{"a value of a configuration that is null", `{"stages":[{"actions":[{"configuration":{"A":null}}]}]}`, `pipeline.stages[0].actions[0].configuration.A: a string is wanted here, not null`},
		{"half a surrogate pair", `{"name":"\ud800"}`, `half a surrogate pair at line 1, column 10`},
		{"the other half", `{"name":"\udc00"}`, `half a surrogate pair at line 1, column 10`},
		{"two first halves", `{"name":"\ud800\ud800"}`, `half a surrogate pair`},
		{"half a pair at the end", `{"name":"\ud800`, `half a surrogate pair`},
		{"an answer that has it twice", `{"pipeline":{"name":"p"},"pipeline":{"name":"q"}}`, `pipeline: is given twice`},
		{"a key of a map twice", `{"stages":[{"actions":[{"configuration":{"A":"1","A":"2"}}]}]}`, `pipeline.stages[0].actions[0].configuration.A: is given twice; keep one of them`},
		{"too large a number", `{"version":99999999999}`, `pipeline.version: 99999999999 is not a whole number in range`},
		{"too large a fraction", `{"penstock":{"stages":{"S":{"actions":{"A":{"retry":{"max":1,"jitter":1e999}}}}}}}`, `retry.jitter: 1e999 is not a number in range`},
		{"not UTF-8, where", "{\n\"name\":\"a\xffb\"}", `not valid UTF-8 at line 2, column 9`},
		{"an unknown character", "{\"name\":\"\xef\xbf\xbe\xff\"}", `not valid UTF-8`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.json))
			require.ErrorContains(t, err, test.want)
		})
	}
	p, err := Parse([]byte(`{"name":"\ud83d\ude00 \\ud800 \ufffd \u0041","stages":null}`))
	require.NoError(t, err)
	require.Equal(t, "😀 \\ud800 \ufffd A", p.Name)
}

func TestParseStopsReportingAtSomePoint(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"name":"p"`)
	for i := range 1000 {
		fmt.Fprintf(&b, `,"x%d":%d`, i, i)
	}
	b.WriteString("}")
	_, err := Parse(b.Bytes())
	var findings Findings
	require.ErrorAs(t, err, &findings)
	require.Len(t, findings, mostRefused)
	require.Equal(t, ValidationError, findings[0].Kind)
}

func TestValidateStopsReportingAtSomePoint(t *testing.T) {
	p := base()
	p.Stages[1].Actions = make([]Action, 900)
	var findings Findings
	require.ErrorAs(t, Validate(p, known, Limits{}), &findings)
	require.Len(t, findings, mostFindings)
}

func TestReadableIsNoJudgeOfJSON(t *testing.T) {
	require.NoError(t, Readable([]byte(`"`)))
	require.NoError(t, Readable([]byte(`"\`)))
	require.NoError(t, Readable([]byte(`]]]"\u`)))
	require.NoError(t, Readable(Canonical(base())))
	require.True(t, json.Valid(Canonical(base())))
}
