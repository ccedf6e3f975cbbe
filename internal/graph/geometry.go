package graph

// point is a place in pixels, from the top left.
type point struct{ x, y int }

// rect is a place with an extent.
type rect struct{ x, y, w, h int }

func (r rect) right() int  { return r.x + r.w }
func (r rect) bottom() int { return r.y + r.h }

// shrink takes d off every side.
func (r rect) shrink(d int) rect { return rect{r.x + d, r.y + d, r.w - 2*d, r.h - 2*d} }

// label is a line of text.
type label struct {
	at    point // start of its baseline
	text  string
	font  font
	class string
}

// bounds is the rectangle that a label needs.
func (l label) bounds() rect {
	return rect{l.at.x, l.at.y - l.font.size, l.font.width(l.text), l.font.size + l.font.size/4 + 1}
}

// link is a line through points that turns at right angles.
type link struct {
	points []point
	arrow  bool // at its end
	class  string
}

// placedAction is an action's box.
type placedAction struct {
	action *action
	box    rect
	icon   rect
	labels []label
}

// placedStage is a stage's card with all that belongs to it.
type placedStage struct {
	stage   *stage
	card    rect
	gate    rect // the transition in front of it; the first stage's has no extent
	labels  []label
	marks   []point // where a condition stands on the edge of the card
	frames  []rect  // of groups with a limit
	actions []placedAction
	empty   rect // stands for the actions of a stage that has none
	loops   []loop
}

// loop leads from a stage back to itself.
type loop struct {
	link  link
	label label
	full  string
}

// picture is a drawing in its place.
type picture struct {
	width, height int
	labels        []label
	stages        []placedStage
	links         []link
}
