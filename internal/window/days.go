package window

import "time"

// days are the two fields of days, of which one says "?".
type days struct {
	ofMonth bool // the day of month decides; else the day of week
	set     set  // days of the month, or of the week from 1, Sunday

	last    []int // of the month: days before the last one
	workday bool  // of the month: the last weekday
	nearest []int // of the month: the weekday nearest to a day
	finals  []int // of the week: the last one of the month
	nth     []nth // of the week: the n-th of the month
}

type nth struct{ day, n int }

func (d *days) match(year int, month time.Month, day int) bool {
	length := lengthOf(year, month)
	weekday := int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday()) + 1
	if !d.ofMonth {
		return d.matchWeek(day, weekday, length)
	}
	if d.set.has(day) || d.workday && day == nearestWeekday(year, month, length, length) {
		return true
	}
	for _, before := range d.last {
		if day == length-before {
			return true
		}
	}
	for _, near := range d.nearest {
		if near <= length && day == nearestWeekday(year, month, near, length) {
			return true
		}
	}
	return false
}

func (d *days) matchWeek(day, weekday, length int) bool {
	if d.set.has(weekday) {
		return true
	}
	for _, final := range d.finals {
		if weekday == final && day > length-7 {
			return true
		}
	}
	for _, n := range d.nth {
		if weekday == n.day && (day+6)/7 == n.n {
			return true
		}
	}
	return false
}

func lengthOf(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// nearestWeekday never leaves the month.
func nearestWeekday(year int, month time.Month, day, length int) int {
	switch time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Weekday() {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == length {
			return day - 2
		}
		return day + 1
	default:
		return day
	}
}
