package window

import (
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"
)

func parse(t *testing.T, text string) *Expression {
	e, err := Parse(text)
	require.NoError(t, err)
	return e
}

func at(t *testing.T, zone, text string) time.Time {
	loc, err := time.LoadLocation(zone)
	require.NoError(t, err)
	if out, err := time.Parse(time.RFC3339, text); err == nil {
		return out.In(loc)
	}
	out, err := time.ParseInLocation("2006-01-02 15:04:05", text, loc)
	require.NoError(t, err)
	return out
}

func TestIncludes(t *testing.T) {
	for name, c := range map[string]struct {
		cron    string
		in, out []string
	}{
		"office hours":         {"* * 9-17 ? * MON-FRI", []string{"2026-01-05 09:00:00", "2026-01-09 17:59:59"}, []string{"2026-01-05 08:59:59", "2026-01-05 18:00:00", "2026-01-10 12:00:00"}},
		"a minute is whole":    {"0 30 2 * * ?", []string{"2026-01-05 02:30:00", "2026-01-05 02:30:59"}, []string{"2026-01-05 02:31:00", "2026-01-05 02:29:59"}},
		"steps":                {"0 5/20 */12 ? * *", []string{"2026-01-05 00:05:00", "2026-01-05 12:45:00"}, []string{"2026-01-05 00:00:00", "2026-01-05 13:05:00"}},
		"a range with a step":  {"0 10-30/10 8 ? * *", []string{"2026-01-05 08:10:00", "2026-01-05 08:30:00"}, []string{"2026-01-05 08:40:00", "2026-01-05 08:15:00"}},
		"lists":                {"* * 8,12-13,20 ? * *", []string{"2026-01-05 08:10:00", "2026-01-05 13:30:00", "2026-01-05 20:30:00"}, []string{"2026-01-05 09:40:00", "2026-01-05 14:00:00"}},
		"over midnight":        {"* * 22-2 ? * *", []string{"2026-01-05 22:00:00", "2026-01-05 00:00:00", "2026-01-05 02:59:00"}, []string{"2026-01-05 03:00:00", "2026-01-05 21:59:00"}},
		"over the weekend":     {"* * * ? * FRI-MON", []string{"2026-01-02 00:00:00", "2026-01-04 00:00:00", "2026-01-05 00:00:00"}, []string{"2026-01-06 00:00:00", "2026-01-08 00:00:00"}},
		"Sunday is 1":          {"* * * ? * 1", []string{"2026-01-04 00:00:00"}, []string{"2026-01-05 00:00:00"}},
		"months by name":       {"* * * ? nov-feb *", []string{"2026-01-04 00:00:00", "2026-11-01 00:00:00"}, []string{"2026-03-01 00:00:00"}},
		"years":                {"* * * ? * * 2027-2028", []string{"2027-01-04 00:00:00"}, []string{"2026-12-31 23:59:59"}},
		"last day":             {"* * * L * ?", []string{"2026-02-28 00:00:00", "2028-02-29 00:00:00"}, []string{"2028-02-28 00:00:00"}},
		"before the last day":  {"* * * L-2 * ?", []string{"2026-02-26 00:00:00"}, []string{"2026-02-28 00:00:00"}},
		"last weekday":         {"* * * LW * ?", []string{"2026-01-30 00:00:00", "2026-02-27 00:00:00", "2026-03-31 00:00:00"}, []string{"2026-01-31 00:00:00"}},
		"nearest weekday":      {"* * * 15W * ?", []string{"2026-02-16 00:00:00", "2026-08-14 00:00:00", "2026-01-15 00:00:00"}, []string{"2026-02-15 00:00:00", "2026-08-15 00:00:00"}},
		"never leaves a month": {"* * * 1W,31W * ?", []string{"2026-08-03 00:00:00", "2026-05-29 00:00:00"}, []string{"2026-06-30 00:00:00"}},
		"last Friday":          {"* * * ? * 6L", []string{"2026-01-30 00:00:00"}, []string{"2026-01-23 00:00:00", "2026-01-31 00:00:00"}},
		"last Monday, by name": {"* * * ? * MONL", []string{"2026-01-26 00:00:00"}, []string{"2026-01-19 00:00:00"}},
		"third Friday":         {"* * * ? * 6#3", []string{"2026-01-16 00:00:00"}, []string{"2026-01-09 00:00:00", "2026-01-23 00:00:00"}},
		"last day of a week":   {"* * * ? * L", []string{"2026-01-03 00:00:00"}, []string{"2026-01-04 00:00:00"}},
		"several days":         {"* * * 1,15,L * ?", []string{"2026-01-01 00:00:00", "2026-01-15 00:00:00", "2026-01-31 00:00:00"}, []string{"2026-01-02 00:00:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := parse(t, c.cron)
			for _, text := range c.in {
				require.True(t, e.Includes(at(t, "UTC", text)), text)
			}
			for _, text := range c.out {
				require.False(t, e.Includes(at(t, "UTC", text)), text)
			}
		})
	}
}

func TestNext(t *testing.T) {
	for name, c := range map[string]struct{ cron, zone, from, want string }{
		"inside already":             {"* * 9-17 ? * *", "UTC", "2026-01-05 10:00:07", "2026-01-05T10:00:07Z"},
		"the same day":               {"* * 9-17 ? * MON-FRI", "UTC", "2026-01-05 03:20:07", "2026-01-05T09:00:00Z"},
		"over a weekend":             {"* * 9-17 ? * MON-FRI", "Europe/Berlin", "2026-01-09 18:00:00", "2026-01-12T08:00:00Z"},
		"a year to come":             {"0 0 0 29 2 ? 2028", "UTC", "2026-01-09 18:00:00", "2028-02-29T00:00:00Z"},
		"never again":                {"0 0 0 29 2 ? 2025", "UTC", "2026-01-09 18:00:00", ""},
		"never at all":               {"0 0 0 31 4 ?", "UTC", "2026-01-09 18:00:00", ""},
		"summer time":                {"* * 9 ? * *", "America/New_York", "2026-03-07 10:00:00", "2026-03-08T13:00:00Z"},
		"left out: 02:30 in Berlin":  {"0 30 2 ? * *", "Europe/Berlin", "2026-03-28 12:00:00", "2026-03-30T00:30:00Z"},
		"part of it left out":        {"* * 2-4 ? * *", "Europe/Berlin", "2026-03-28 12:00:00", "2026-03-29T01:00:00Z"},
		"twice: the first time":      {"0 30 2 ? * *", "Europe/Berlin", "2026-10-24 12:00:00", "2026-10-25T00:30:00Z"},
		"twice: the second time":     {"0 30 2 ? * *", "Europe/Berlin", "2026-10-25T00:31:00Z", "2026-10-25T01:30:00Z"},
		"twice: then the next day":   {"0 30 2 ? * *", "Europe/Berlin", "2026-10-25T01:31:00Z", "2026-10-26T01:30:00Z"},
		"half an hour left out":      {"0 15 2 ? * *", "Australia/Lord_Howe", "2026-10-03 12:00:00", "2026-10-04T15:15:00Z"},
		"half an hour twice":         {"0 45 1 ? * *", "Australia/Lord_Howe", "2026-04-04T14:46:00Z", "2026-04-04T15:15:00Z"},
		"midnight left out":          {"0 0 0 ? * SUN", "America/Havana", "2026-03-07 12:00:00", "2026-03-15T04:00:00Z"},
		"a day without its midnight": {"0 0 1 ? * SUN", "America/Havana", "2026-03-07 12:00:00", "2026-03-08T05:00:00Z"},
		"a zone of 45 minutes":       {"0 0 9 ? * *", "Asia/Kathmandu", "2026-01-05 10:00:00", "2026-01-06T03:15:00Z"},
		"before and after the leap":  {"0 0 0 L 2 ?", "UTC", "2028-02-10 00:00:00", "2028-02-29T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			from := at(t, c.zone, c.from)
			next, ok := parse(t, c.cron).Next(from, from.AddDate(3, 0, 0))
			require.Equal(t, c.want != "", ok)
			if ok {
				require.Equal(t, c.want, next.UTC().Format(time.RFC3339))
			}
		})
	}
}

// TestNextIsTheFirst compares Next with a look at every minute, over the changes of the clock in zones where they are strange.
func TestNextIsTheFirst(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Beirut", "America/St_Johns", "UTC"} {
		for _, cron := range []string{"0 0 0 ? * *", "0 30 0-2 ? * SUN", "0 10/25 1 * * ?", "0 0 23 ? * SAT-SUN", "0 45 2 ? MAR-APR *"} {
			e, from := parse(t, cron), at(t, zone, "2026-03-01 00:00:30")
			end := from.AddDate(0, 1, 10)
			var want time.Time
			n := 0
			for minute := end.Add(-30 * time.Second); minute.After(from); minute = minute.Add(-time.Minute) {
				if e.Includes(minute) {
					want = minute
				}
				if n++; n%61 != 0 {
					continue
				}
				next, ok := e.Next(minute, end)
				require.Equal(t, !want.IsZero(), ok, "%s in %s from %s", cron, zone, minute)
				require.True(t, !ok || next.Equal(want), "%s in %s from %s: %s, not %s", cron, zone, minute, next, want)
			}
		}
	}
}

func TestNextKeepsItsBound(t *testing.T) {
	from := at(t, "UTC", "2026-01-05 08:00:00")
	_, ok := parse(t, "* * 9 ? * *").Next(from, from.Add(time.Hour))
	require.False(t, ok, "it opens only at the end")
	_, ok = parse(t, "* * 9 ? * *").Next(from, from.Add(time.Hour+time.Minute))
	require.True(t, ok)
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"0 9 * * *":                "six fields and an optional year, not 5 fields",
		"0 0 9 * * *":              "must be ?",
		"0 0 9 ? * ?":              "must be ?",
		"60 0 9 ? * *":             `"60" is no second`,
		"0 0 24 ? * *":             `"24" is no hour`,
		"0 0 9 32 * ?":             `"32" is no day of month`,
		"0 0 9 ? FOO *":            `"FOO" is no month: it is a number from 1 to 12 or a name such as JAN`,
		"0 0 9 ? * 0":              `"0" is no day of week`,
		"0 0 9 ? * 6#6":            "#1 to #5",
		"0 0 9 ? * *  1969":        `"1969" is no year`,
		"0 0/0 9 ? * *":            `the step "0" of the minute`,
		"0 0/60 9 ? * *":           "from 1 to 59",
		"0 -5 9 ? * *":             `"" is no minute`,
		"0 0 9 L-31 * ?":           "L-1 to L-30",
		"0 0 9 W * ?":              `"" is no day of month`,
		"0 0, 9 ? * *":             `"" is no minute`,
		"0 ? 9 ? * *":              `"?" is no minute`,
		"0 0 9 ? * FRI#":           "#1 to #5",
		"":                         "not 0 fields",
		"0 99999999999999 9 ? * *": "is no minute",
	} {
		_, err := Parse(text)
		require.ErrorContains(t, err, want, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("0 0 9-17 ? * MON-FRI *")
	f.Add("* */5 22-2 L-3,15W,LW * ?")
	f.Add("0 0 0 ? NOV-FEB 6#3,MONL 2026/2")
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		if next, ok := e.Next(from, from.AddDate(0, 2, 0)); ok {
			require.True(t, e.Includes(next))
		}
	})
}
