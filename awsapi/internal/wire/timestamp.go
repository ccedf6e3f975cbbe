package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Timestamp is a moment: on the wire a number, seconds since 1970 with a fraction of milliseconds.
type Timestamp struct{ time.Time }

// At is t on the wire.
func At(t time.Time) Timestamp { return Timestamp{t} }

// MarshalJSON writes the number.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(t.UnixMilli())/1000, 'f', -1, 64), nil
}

// UnmarshalJSON reads a number of the years 1 to 9999.
func (t *Timestamp) UnmarshalJSON(data []byte) error {
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil {
		return err
	}
	seconds, err := n.Float64()
	if err != nil || !InRange(seconds) {
		return fmt.Errorf("timestamp %s: not a number of seconds since 1970", n)
	}
	whole, fraction := math.Modf(seconds)
	t.Time = time.Unix(int64(whole), int64(math.Round(fraction*1000))*int64(time.Millisecond)).UTC()
	return nil
}

// InRange tells whether a number of seconds since 1970 is a moment of the years 1 to 9999.
func InRange(seconds float64) bool { return seconds >= -62135596800 && seconds <= 253402300799 }
