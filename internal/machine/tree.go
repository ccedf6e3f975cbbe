package machine

// byLeaf lays the run's actions out by leaf, once a walk.
func (r *StageRun) byLeaf(leaves int) []*ActionExecution {
	out := make([]*ActionExecution, leaves)
	for _, a := range r.Actions {
		out[a.Leaf] = a
	}
	return out
}

// walk answers whether everything under the node has succeeded, and calls start for each leaf that may start now: in a sequence the first
// child that has not succeeded, in a parallel group as many as its limit leaves room for.
func (n *Node) walk(actions []*ActionExecution, start func(leaf int)) (done bool) {
	switch {
	case n.Leaf >= 0:
		a := actions[n.Leaf]
		if a == nil {
			start(n.Leaf)
		}
		return a != nil && a.Status == Succeeded
	case n.Parallel:
		return n.walkParallel(actions, start)
	}
	for i := range n.Children {
		if !n.Children[i].walk(actions, start) {
			return false
		}
	}
	return true
}

func (n *Node) walkParallel(actions []*ActionExecution, start func(leaf int)) (done bool) {
	done = true
	room := n.Limit
	if room == 0 {
		room = len(n.Children)
	}
	for i := range n.Children { // members under way keep their place; a limit never makes a later member overtake them
		child := &n.Children[i]
		if child.begun(actions) {
			if !child.walk(actions, start) {
				done = false
				room--
			}
		}
	}
	for i := range n.Children {
		child := &n.Children[i]
		if child.begun(actions) {
			continue
		}
		done = false
		if room > 0 {
			room--
			child.walk(actions, start)
		}
	}
	return done
}

// begun reports whether anything under the node has started.
func (n *Node) begun(actions []*ActionExecution) bool {
	if n.Leaf >= 0 {
		return actions[n.Leaf] != nil
	}
	for i := range n.Children {
		if n.Children[i].begun(actions) {
			return true
		}
	}
	return false
}
