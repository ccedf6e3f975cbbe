package zone

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLoad(t *testing.T) {
	summer := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for name, offset := range map[string]time.Duration{
		"": 0, "UTC": 0, "GMT": 0, "Z": 0, "Europe/Berlin": 2 * time.Hour, "America/New_York": -4 * time.Hour, "PST": -7 * time.Hour, "EST": -5 * time.Hour,
		"UTC+05:30": 5*time.Hour + 30*time.Minute, "UTC-03:00": -3 * time.Hour, "GMT+2": 2 * time.Hour, "UTC+0530": 5*time.Hour + 30*time.Minute,
	} {
		loc, err := Load(name)
		require.NoError(t, err, name)
		_, seconds := summer.In(loc).Zone()
		require.Equal(t, offset, time.Duration(seconds)*time.Second, name)
	}
	for name := range abbreviations {
		_, err := Load(name)
		require.NoError(t, err, name)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, name := range []string{"Local", "local", "Europe/Berlni", "UTC+19:00", "UTC+18:30", "UTC+05:75", "../etc/passwd", "UTC+", "XYZ"} {
		_, err := Load(name)
		require.ErrorContains(t, err, "is no time zone", name)
	}
}
