package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// record is the last deployment. Releases are named as the link names them.
type record struct {
	Action   string `json:"action"`   // action execution
	Release  string `json:"release"`  // that is, or was to be, in use
	Good     string `json:"good"`     // in use when it began, to be gone back to; empty: nothing was
	Previous string `json:"previous"` // in use before Release, and another; empty: nothing was
	Done     bool   `json:"done"`     // Release was found to be well
}

// next is the record of a deployment that follows. One that was not done may have switched already, to a release of which nobody
// knows whether it is well.
func (r record) next(current, target string) record {
	n := record{Release: target, Good: current}
	if !r.Done && r.Release != "" && r.Release == current {
		n.Good = r.Good
	}
	n.Previous = n.Good
	if n.Good == target {
		n.Previous = ""
		if r.Release == target {
			n.Previous = r.Previous
		}
	}
	return n
}

const (
	recordFile = private + "/deployment.json"
	recordNew  = private + "/record.new" // that is about to replace one
	checkFile  = private + "/check.json" // the processes of a check under way
	maxRecord  = 64 << 10                // bytes
)

// recorded is the zero record where there is none.
func (s *site) recorded() (record, error) {
	var r record
	err := s.load(recordFile, &r)
	if err != nil {
		err = fmt.Errorf("the record of the last deployment, %s: %w; remove it once the right release is in use", s.abs(recordFile), err)
	}
	return r, err
}

// record is durable before it returns: what follows relies on it.
func (s *site) record(r record) error { return s.save(recordFile, r) }

func (s *site) forget() error { return s.drop(recordFile) }

// load leaves v as it is where there is no such file.
func (s *site) load(name string, v any) error {
	f, err := s.root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// save replaces a file in the private directory at one stroke.
func (s *site) save(name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	f, err := s.root.OpenFile(recordNew, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := s.root.Rename(recordNew, name); err != nil {
		return err
	}
	return s.sync(private)
}

func (s *site) drop(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return s.sync(private)
}
