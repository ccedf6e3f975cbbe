package graph

// Distances inside a stage.
const (
	boxPad   = 12 // inside an action's box
	iconSize = 28
	textLeft = boxPad + iconSize + 10 // from a box's left edge to its text
	leastBox = textLeft + 92 + boxPad
	mostBox  = textLeft + 176 + boxPad
	stepGap  = 34 // between two steps of a sequence
	laneGap  = 14 // between two lanes of a parallel group
	forkGap  = 30 // from where lanes part to their boxes
	framePad = 10 // inside the frame of a group with a limit
	frameTop = 28 // with its label
	emptyBox = 44 // height
)

var (
	nameFont  = font{size: 13, bold: true}
	smallFont = font{size: 11}
)

// block is a node with its extent. port is the height, from its top, of the line that enters and leaves it.
type block struct {
	node    *node
	w, h    int
	port    int
	members []*block
	lines   []label // of an action, from its box's top left
}

// blocks measures nodes whose boxes are all of one width.
type blocks struct{ box int }

// boxWidth is the width that suits all boxes of a drawing.
func (d drawing) boxWidth() int {
	width := leastBox
	for _, s := range d.stages {
		s.root.each(func(a *action) {
			width = max(width, textLeft+nameFont.width(a.name)+boxPad, textLeft+smallFont.width(a.typeWords())+boxPad)
		})
	}
	return min(width, mostBox)
}

func (b blocks) measure(n *node) *block {
	switch {
	case n == nil:
		return &block{w: b.box, h: emptyBox, port: emptyBox / 2}
	case n.action != nil:
		return b.action(n)
	case n.parallel:
		return b.parallel(n)
	default:
		return b.sequence(n)
	}
}

func (b blocks) action(n *node) *block {
	out := &block{node: n, w: b.box}
	y := boxPad
	add := func(f font, class, text string, lines int) {
		for _, line := range f.wrap(text, b.box-textLeft-boxPad, lines) {
			out.lines = append(out.lines, label{point{textLeft, y + f.size}, line, f, class})
			y += f.leading()
		}
	}
	add(nameFont, "text", n.action.name, 2)
	add(smallFont, "muted", n.action.typeWords(), 1)
	for _, in := range n.action.inputs {
		add(smallFont, "artifact", "in: "+in, 1)
	}
	for _, result := range n.action.outputs {
		add(smallFont, "artifact", "out: "+result, 1)
	}
	out.h = y + boxPad - 2
	out.port = out.h / 2
	return out
}

// sequence is its members side by side, their ports in line.
func (b blocks) sequence(n *node) *block {
	out := &block{node: n, w: -stepGap}
	below := 0
	for _, member := range n.members {
		m := b.measure(member)
		out.members = append(out.members, m)
		out.w += stepGap + m.w
		out.port, below = max(out.port, m.port), max(below, m.h-m.port)
	}
	out.h = out.port + below
	return out
}

// parallel is its members one above the other.
func (b blocks) parallel(n *node) *block {
	out := &block{node: n, h: -laneGap}
	var ports []int
	for _, member := range n.members {
		m := b.measure(member)
		out.members = append(out.members, m)
		out.h += laneGap
		ports = append(ports, out.h+m.port)
		out.h += m.h
		out.w = max(out.w, m.w)
	}
	out.port = (ports[(len(ports)-1)/2] + ports[len(ports)/2]) / 2 // straight on through the middle lane, if there is one
	out.w += 2 * forkGap
	if n.limit > 0 {
		out.w, out.h, out.port = out.w+2*framePad, out.h+frameTop+framePad, out.port+frameTop
	}
	return out
}

// place puts a block, its top left at x and y, into a stage.
func (p *painter) place(s *placedStage, b *block, x, y int) {
	switch {
	case b.node == nil:
		s.empty = rect{x, y, b.w, b.h}
		text := "no actions"
		s.labels = append(s.labels, label{point{x + (b.w-smallFont.width(text))/2, y + b.port + 4}, text, smallFont, "muted"})
	case b.node.action != nil:
		p.placeAction(s, b, x, y)
	case b.node.parallel:
		p.placeParallel(s, b, x, y)
	default:
		p.placeSequence(s, b, x, y)
	}
}

func (p *painter) placeAction(s *placedStage, b *block, x, y int) {
	out := placedAction{action: b.node.action, box: rect{x, y, b.w, b.h}, icon: rect{x + boxPad, y + b.port - iconSize/2, iconSize, iconSize}}
	for _, l := range b.lines {
		l.at.x, l.at.y = l.at.x+x, l.at.y+y
		out.labels = append(out.labels, l)
	}
	s.actions = append(s.actions, out)
}

func (p *painter) placeSequence(s *placedStage, b *block, x, y int) {
	line := y + b.port
	for i, m := range b.members {
		if i > 0 {
			p.flow(m.arrives(), point{x, line}, point{x + stepGap, line})
			x += stepGap
		}
		p.place(s, m, x, line-m.port)
		x += m.w
	}
}

func (p *painter) placeParallel(s *placedStage, b *block, x, y int) {
	line, left, right := y+b.port, x, x+b.w
	if b.node.limit > 0 {
		frame := rect{x, y, b.w, b.h}
		text := smallFont.line(limitWords(b.node.limit), b.w-2*framePad)
		s.frames = append(s.frames, frame)
		s.labels = append(s.labels, label{point{x + framePad + 2, y + framePad + smallFont.size - 2}, text, smallFont, "muted"})
		left, right, y = left+framePad, right-framePad, y+frameTop
		p.flow(false, point{x, line}, point{left, line})
		p.flow(false, point{right, line}, point{x + b.w, line})
	}
	fork, join := left+forkGap/3, right-forkGap/3
	for _, m := range b.members {
		at := y + m.port
		p.flow(m.arrives(), point{left, line}, point{fork, line}, point{fork, at}, point{left + forkGap, at})
		p.place(s, m, left+forkGap, y)
		p.flow(false, point{left + forkGap + m.w, at}, point{join, at}, point{join, line}, point{right, line})
		y += m.h + laneGap
	}
}

// arrives says whether a line that enters a block meets a box at once.
func (b *block) arrives() bool {
	for b.node != nil && b.node.action == nil {
		if b.node.parallel {
			return false
		}
		b = b.members[0]
	}
	return true
}
