package filelock

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// Holder says who has a lock.
type Holder struct {
	Who  string `json:"who"` // in words for operators: "Production/Deploy of pipeline shop"; empty: it has not said
	PID  int    `json:"pid"`
	Host string `json:"host"`
}

// String is for operators too.
func (h Holder) String() string {
	if h.Who == "" {
		return "somebody else"
	}
	return fmt.Sprintf("%s (process %d on %s)", h.Who, h.PID, h.Host)
}

// holderLimit is how many bytes of a file are read for its holder.
const holderLimit = 64 << 10

// Sign writes into f, which this process has locked for itself alone, who that is: who in words, this process, and this host. The file has
// no other content, and keeps this one when the lock ends.
func Sign(f *os.File, who string) error {
	h := Holder{Who: who, PID: os.Getpid()}
	var err error
	if h.Host, err = os.Hostname(); err != nil {
		h.Host = "an unnamed host"
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err = f.WriteAt(text, 0)
	return err
}

// HolderOf reads who has signed f last. It counts only while somebody has the lock. Who has the lock and has not signed yet, or writes
// something else, is nobody in particular: the zero Holder.
func HolderOf(f *os.File) Holder {
	var h Holder
	text, err := io.ReadAll(io.NewSectionReader(f, 0, holderLimit))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
