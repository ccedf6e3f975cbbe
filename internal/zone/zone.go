// Package zone answers: which time zone does a name mean? The zones come from the operating system, or from the copy that this package
// brings where there is none, as in an empty container.
package zone

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for machines that have no zones
)

var offset = regexp.MustCompile(`^(?:UTC|GMT)([+-])(\d{1,2})(?::?(\d{2}))?$`)

// Load finds a zone by what a deployment window may say (spec C12): Region/City, UTC±HH:MM, or one of the abbreviations that the service's
// platform knows. No name is UTC.
func Load(name string) (*time.Location, error) {
	switch known, ok := abbreviations[name]; {
	case name == "":
		return time.UTC, nil
	case ok:
		name = known
	}
	if found := offset.FindStringSubmatch(name); found != nil {
		return fixed(name, found[1], found[2], found[3])
	}
	if strings.EqualFold(name, "local") { // it would mean another zone on every machine
		return nil, fmt.Errorf("%q is no time zone", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone: write one such as Europe/Berlin, UTC+02:00 or PST", name)
	}
	return loc, nil
}

func fixed(name, sign, hours, minutes string) (*time.Location, error) {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi("0" + minutes)
	if h > 18 || m > 59 || h == 18 && m > 0 {
		return nil, fmt.Errorf("%q is no time zone: it is at most 18 hours from UTC", name)
	}
	seconds := h*3600 + m*60
	if sign == "-" {
		seconds = -seconds
	}
	return time.FixedZone(name, seconds), nil
}

// abbreviations are those of the service's platform, which reads them as places; EST, MST and HST keep no summer time.
var abbreviations = map[string]string{
	"Z": "UTC", "GMT": "UTC", "EST": "UTC-05:00", "MST": "UTC-07:00", "HST": "UTC-10:00",
	"ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo", "AST": "America/Anchorage",
	"BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns", "CST": "America/Chicago",
	"CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris", "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", //nolint:misspell // ECT is a zone
	"JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan", "NST": "Pacific/Auckland", "PLT": "Asia/Karachi",
	"PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles", "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}
