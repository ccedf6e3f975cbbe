package window

import "time"

// Expression is a cron expression, read. It never changes.
type Expression struct {
	minutes, hours, months, years set
	days                          days
}

// Includes reports whether a moment is inside the window, on the clock of the moment's own zone.
func (e *Expression) Includes(at time.Time) bool {
	return e.onDay(at.Date()) && e.inMinute(at)
}

func (e *Expression) inMinute(at time.Time) bool {
	return e.hours.has(at.Hour()) && e.minutes.has(at.Minute())
}

func (e *Expression) onDay(year int, month time.Month, day int) bool {
	return e.years.has(year) && e.months.has(int(month)) && e.days.match(year, month, day)
}

// Next is the first moment from a moment on, in its zone, that is inside the window; false when there is none before the end.
func (e *Expression) Next(from, end time.Time) (time.Time, bool) {
	if e.Includes(from) {
		return from, from.Before(end)
	}
	at := nextMinute(from)
	for at.Before(end) {
		switch {
		case !e.onDay(at.Date()):
			at = nextDay(at)
		case e.inMinute(at):
			return at, true
		default:
			at = nextMinute(at)
		}
	}
	return time.Time{}, false
}

// nextMinute is where the clock shows the next full minute. Zones differ from each other by whole minutes nowadays; where they did not, the
// clock is asked.
func nextMinute(at time.Time) time.Time {
	rest := time.Duration(at.Second())*time.Second + time.Duration(at.Nanosecond())
	return at.Add(time.Minute - rest)
}

// nextDay is the first moment of the next day. Where midnight is left out or comes twice it may be a day's part too early, never too late by
// a minute that exists.
func nextDay(at time.Time) time.Time {
	year, month, day := at.Date()
	next := time.Date(year, month, day+1, 0, 0, 0, 0, at.Location())
	if !next.After(at) {
		return nextMinute(at)
	}
	return next
}
