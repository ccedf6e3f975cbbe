package simulation

// unreached answers why a cell is never reached; "" when it may be.
func (c *Cell) unreached() string {
	return ""
}
