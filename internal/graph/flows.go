package graph

import "fmt"

// namer gives the identifiers of what is in one stage: s2a1, s2g1.
type namer struct {
	stage           string
	actions, groups int
}

func (n *namer) action() string {
	n.actions++
	return fmt.Sprintf("%sa%d", n.stage, n.actions)
}

func (n *namer) group() string {
	n.groups++
	return fmt.Sprintf("%sg%d", n.stage, n.groups)
}

// flow is an artifact on its way between two actions.
type flow struct{ from, artifact, to string }

// flows finds which action an artifact comes from: the last one before that puts it out.
type flows struct {
	links []flow
	from  map[string]string
}

func (f *flows) add(id string, a *action) {
	for _, name := range a.inputs {
		if from, ok := f.from[name]; ok {
			f.links = append(f.links, flow{from, name, id})
		}
	}
	if f.from == nil {
		f.from = map[string]string{}
	}
	for _, name := range a.outputs {
		f.from[name] = id
	}
}
