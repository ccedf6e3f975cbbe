package deploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// holder says who deploys.
type holder struct {
	Pipeline        string `json:"pipeline"`
	Execution       string `json:"execution"`
	Action          string `json:"action"` // stage/action
	ActionExecution string `json:"actionExecution"`
	PID             int    `json:"pid"`
	Host            string `json:"host"`
}

// String is for operators.
func (h holder) String() string {
	if h.Pipeline == "" {
		return "another deployment"
	}
	return fmt.Sprintf("%s of pipeline %s, execution %s (process %d on %s)", h.Action, h.Pipeline, h.Execution, h.PID, h.Host)
}

// lock has the site for me, or answers who has it. It is free again when the file is closed, so also when this process is killed.
func (s *site) lock(me holder) (other *holder, err error) {
	if err := s.root.Mkdir(private, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := s.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	s.file = f
	got, err := tryLock(f)
	if err != nil {
		return nil, err
	}
	if !got {
		return holderIn(f), nil
	}
	me.PID = os.Getpid()
	if me.Host, err = os.Hostname(); err != nil {
		me.Host = "an unknown host"
	}
	data, err := json.Marshal(me)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(0); err != nil {
		return nil, err
	}
	_, err = f.WriteAt(data, 0)
	return nil, err
}

// holderIn is nobody in particular when the holder has not yet written who it is.
func holderIn(f *os.File) *holder {
	var h holder
	data, err := io.ReadAll(io.LimitReader(f, maxRecord))
	if err == nil && json.Unmarshal(data, &h) != nil {
		h = holder{}
	}
	return &h
}
