package machine

import "fmt"

// allowed judges what the command says about whether there is such a pipeline.
func (in *Define) allowed(d *decision) error {
	switch {
	case in.Create && d.exists():
		return refuse(CodeAlreadyExists, "there is a pipeline "+d.Name+" already", "update it, or choose another name")
	case in.Update && !d.exists():
		return d.defined()
	case in.Full && !d.exists():
		return refuse(CodeLimitExceeded, "there are as many pipelines as there may be", "delete one, or raise the limit")
	}
	return nil
}

// conflict refuses a definition that was made of something else than what there is.
func (in *Define) conflict(d *decision) error {
	is, was := fmt.Sprintf("pipeline %s is at version %d", d.Name, d.Version), fmt.Sprintf("of version %d", in.Base)
	if !d.exists() {
		is = "there is no pipeline " + d.Name
	}
	if in.Base == NoBase {
		was = "when there was none"
	}
	return refuse(CodeConflict, is+", and the definition was made "+was, "read the pipeline again and repeat the change")
}

// base is the version that a definition made now is made of.
func (s *State) base() int {
	if !s.exists() {
		return NoBase
	}
	return s.Version
}
