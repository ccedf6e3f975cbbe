package definition

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// tree reads well-formed JSON of no known type; members given twice are reported.
func (c *templateCheck) tree(data []byte) any {
	c.decoder = json.NewDecoder(bytes.NewReader(data))
	c.decoder.UseNumber()
	return c.branch()
}

func (c *templateCheck) branch() any {
	switch token := c.next(); token {
	case json.Delim('{'):
		out := map[string]any{}
		c.object(func(name string) { out[name] = c.branch() })
		return out
	case json.Delim('['):
		out := []any{}
		for i := 0; c.decoder.More(); i++ {
			c.within("["+strconv.Itoa(i)+"]", func() { out = append(out, c.branch()) })
		}
		c.next()
		return out
	default:
		return token
	}
}
