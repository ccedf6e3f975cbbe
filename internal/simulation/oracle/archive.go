package oracle

// comesBack: S1. Who ended in PARALLEL mode is in no state any more, so the event that takes it up again carries its record, and no other
// one does.
func (s *stream) comesBack(x *execution, kind string, archived []byte) {
	if want := x.design.parallel() && !x.live(); want != (len(archived) > 0) {
		s.Fail("S1", "%s of %s carries %d bytes of its record; it has left the state=%t", kind, x.id, len(archived), want)
	}
}
