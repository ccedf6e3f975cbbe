package dir

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// header is the first line of a log's file: for people, which log it is; for writers, the greatest fence that it has seen. It has one length
// for all fences, so that a greater one is written over a smaller one.
//
//	penstock log 1, fence 00000000000000000003, run 0 of "0198…"
type header struct{ rest string }

const (
	headerStart = "penstock log 1, fence "
	fenceDigits = 20
)

func newHeader(id string, run int) header {
	return header{", run " + strconv.Itoa(run) + " of " + strconv.QuoteToASCII(id) + "\n"}
}

// size is where the text begins.
func (h header) size() int64 { return int64(len(headerStart) + fenceDigits + len(h.rest)) }

// read answers the fence.
func (h header) read(f *os.File) (fence uint64, err error) {
	p := make([]byte, h.size())
	if _, err := f.ReadAt(p, 0); err != nil {
		return 0, err
	}
	rest, okStart := strings.CutPrefix(string(p), headerStart)
	rest, okEnd := strings.CutSuffix(rest, h.rest)
	fence, err = strconv.ParseUint(rest, 10, 64)
	if !okStart || !okEnd || err != nil {
		return 0, errNotLog
	}
	return fence, nil
}

// begin writes all of it.
func (h header) begin(f *os.File, fence uint64) error {
	_, err := f.WriteAt(fmt.Appendf(nil, "%s%0*d%s", headerStart, fenceDigits, fence, h.rest), 0)
	return err
}

// raise writes the digits alone: they are in one sector, so a power failure leaves the old or the new.
func (h header) raise(f *os.File, fence uint64) error {
	_, err := f.WriteAt(fmt.Appendf(nil, "%0*d", fenceDigits, fence), int64(len(headerStart)))
	return err
}
