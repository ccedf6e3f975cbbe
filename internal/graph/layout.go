package graph

import (
	"math"
	"sort"
)

// Distances between stages.
const (
	margin    = 32
	headTop   = 96 // title and summary
	cardPad   = 24
	cardTop   = 18 // above the heading
	cardSkip  = 16 // between heading, actions and what is below
	leastCard = 132
	gateGap   = 60 // between two cards
	gateWide  = 14
	gateHigh  = 30
	loopDeep  = 38 // what a loop takes below a card
	rowGap    = 60 // between two rows
	rowLeft   = 48 // in front of rows, where lines come back
	leastRow  = 1400
)

var (
	titleFont = font{size: 24, bold: true}
	stageFont = font{size: 15, bold: true}
	leadFont  = font{size: 13}
)

// column is a stage that has been measured. above and below are its extent from the line that runs through it.
type column struct {
	stage        *stage
	body         *block
	w            int
	above, below int
	head, foot   []label // from the card's top left, and from the end of the actions
}

// painter puts a drawing in its place.
type painter struct {
	out   picture
	lines int // where the line that leaves the last stage begins
}

func (p *painter) flow(arrow bool, points ...point) {
	p.out.links = append(p.out.links, link{points: points, arrow: arrow, class: "flow"})
}

// lay finds a place for everything.
func lay(d drawing) picture {
	p := &painter{}
	rows := breakRows(measure(d))
	left, right := margin, 0
	if len(rows) > 1 {
		left += rowLeft
	}
	for _, row := range rows {
		right = max(right, left+rowWidth(row))
	}
	y := headTop
	for i, row := range rows {
		height := p.row(row, left, y)
		if i < len(rows)-1 {
			p.turn(row, rows[i+1], left, right, y, y+height+rowGap/2)
		}
		y += height + rowGap
	}
	p.out.width, p.out.height = right+margin, max(y-rowGap, headTop)+margin
	if len(rows) > 1 {
		p.out.width += rowLeft / 2
	}
	p.title(d)
	return p.out
}

// title widens the picture for what stands above, within reason.
func (p *painter) title(d drawing) {
	name, summary := named(d.name, "(pipeline)"), d.summary()
	p.out.width = max(p.out.width, 2*margin+max(min(titleFont.width(name), leastRow/2), leadFont.width(summary)))
	p.out.labels = []label{
		{point{margin, margin + titleFont.size - 6}, titleFont.line(name, p.out.width-2*margin), titleFont, "text"},
		{point{margin, margin + titleFont.size + 14}, summary, leadFont, "muted"},
	}
}

func measure(d drawing) []column {
	b := blocks{d.boxWidth()}
	columns := make([]column, len(d.stages))
	for i := range d.stages {
		columns[i] = measureStage(&d.stages[i], b.measure(d.stages[i].root))
	}
	return columns
}

func measureStage(s *stage, body *block) column {
	c := column{stage: s, body: body}
	inner := max(body.w, leastCard)
	y := cardTop
	add := func(to *[]label, f font, class, text string, lines int) {
		for _, line := range f.wrap(text, inner, lines) {
			*to = append(*to, label{point{cardPad, y + f.size}, line, f, class})
			y += f.leading()
		}
	}
	add(&c.head, stageFont, "text", s.name, 2)
	if s.entry != "" {
		y += 2
		add(&c.head, smallFont, "condition", "entry: "+s.entry, 2)
	}
	c.above = y + cardSkip + body.port
	y = 0
	if s.success != "" {
		y = cardSkip - 4
		add(&c.foot, smallFont, "condition", "success: "+s.success, 2)
		y -= 8
	}
	c.w = inner + 2*cardPad
	c.below = body.h - body.port + y + cardPad
	return c
}

func rowWidth(row []column) int {
	w := -gateGap
	for _, c := range row {
		w += c.w + gateGap
	}
	return max(w, 0)
}

// breakRows sets stages in rows, so that the whole is about as wide as a screen, 16 to 9, and no row much shorter than the others.
func breakRows(columns []column) [][]column {
	area := 0
	for _, c := range columns {
		area += (c.w + gateGap) * (c.above + c.below + rowGap)
	}
	most := max(leastRow, int(math.Sqrt(float64(area*16/9))))
	rows := fill(columns, most)
	narrower := sort.Search(most, func(width int) bool { return len(fill(columns, width)) <= len(rows) })
	return fill(columns, narrower)
}

// fill sets as many stages into each row as have room, but at least one.
func fill(columns []column, most int) [][]column {
	var rows [][]column
	for _, c := range columns {
		if n := len(rows); n > 0 && rowWidth(rows[n-1])+gateGap+c.w <= most {
			rows[n-1] = append(rows[n-1], c)
		} else {
			rows = append(rows, []column{c})
		}
	}
	return rows
}

// extent is the height of a row's cards above and below their line, and of what hangs below the cards.
func extent(row []column) (above, below, loops int) {
	for _, c := range row {
		above, below = max(above, c.above), max(below, c.below)
		loops = max(loops, len(c.stage.back)*loopDeep)
	}
	return above, below, loops
}

// row puts a row of stages at x and y, and answers its height.
func (p *painter) row(row []column, x, y int) int {
	above, below, loops := extent(row)
	line := y + above
	for i, c := range row {
		s := placedStage{stage: c.stage, card: rect{x, y, c.w, above + below}}
		body := x + (c.w-c.body.w)/2
		if len(p.out.stages) > 0 {
			s.gate = rect{x - gateGap/2 - gateWide/2, line - gateHigh/2, gateWide, gateHigh}
			p.through(c, s.gate, body, line, i == 0)
		} else if c.stage.entry != "" {
			p.flow(c.body.arrives(), point{x, line}, point{body, line})
		}
		s.place(c, line)
		p.place(&s, c.body, body, line-c.body.port)
		s.back(c)
		p.out.stages = append(p.out.stages, s)
		p.lines = body + c.body.w
		if c.stage.success != "" {
			p.flow(false, point{p.lines, line}, point{s.card.right(), line})
			p.lines = s.card.right()
		}
		x += c.w + gateGap
	}
	return above + below + loops
}

// through draws the line from the stage before, through the gate, to a stage's first action.
func (p *painter) through(c column, gate rect, body, line int, first bool) {
	if !first {
		p.flow(false, point{p.lines, line}, point{gate.x, line})
	}
	p.flow(c.body.arrives(), point{gate.right(), line}, point{body, line})
}

// place puts a stage's words into its card.
func (s *placedStage) place(c column, line int) {
	for _, l := range c.head {
		l.at.x, l.at.y = l.at.x+s.card.x, l.at.y+s.card.y
		s.labels = append(s.labels, l)
	}
	for _, l := range c.foot {
		l.at.x, l.at.y = l.at.x+s.card.x, l.at.y+line+c.body.h-c.body.port
		s.labels = append(s.labels, l)
	}
	if c.stage.entry != "" {
		s.marks = append(s.marks, point{s.card.x, line})
	}
	if c.stage.success != "" {
		s.marks = append(s.marks, point{s.card.right(), line})
	}
}

// back draws what leads from a stage back to itself.
func (s *placedStage) back(c column) {
	for i, text := range c.stage.back {
		inset := 20 + 12*(len(c.stage.back)-1-i)
		room := s.card.w - 8 // between the loops that hang lower
		if i < len(c.stage.back)-1 {
			room -= 2 * (inset - 12)
		}
		left, right := s.card.x+inset, s.card.right()-inset
		deep := s.card.bottom() + 18 + i*loopDeep
		words := smallFont.line(text, room)
		s.loops = append(s.loops, loop{
			link: link{
				points: []point{{right, s.card.bottom()}, {right, deep}, {left, deep}, {left, s.card.bottom()}}, arrow: true, class: "back",
			},
			label: label{point{s.card.x + (s.card.w-smallFont.width(words))/2, deep + 14}, words, smallFont, "failure"},
			full:  text,
		})
	}
}

// turn draws the line from the end of one row to the first gate of the next.
func (p *painter) turn(row, next []column, left, right, y, gutter int) {
	above, _, _ := extent(row)
	nextAbove, _, _ := extent(next)
	line, nextLine := y+above, gutter+rowGap/2+nextAbove
	out, back := right+rowLeft/2, left-rowLeft
	p.flow(false, point{p.lines, line}, point{out, line}, point{out, gutter}, point{back, gutter}, point{back, nextLine},
		point{left - gateGap/2 - gateWide/2, nextLine})
}
