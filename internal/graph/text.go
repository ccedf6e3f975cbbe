package graph

import (
	"strings"
	"unicode"
)

// font is how large and how heavy a text is.
type font struct {
	size int // pixels
	bold bool
}

// leading is the distance of two lines.
func (f font) leading() int { return f.size + 4 }

// width is how wide a text is at most, in pixels.
func (f font) width(text string) int {
	sum := 0
	for _, r := range text {
		sum += f.advance(r)
	}
	return (sum*f.size + 999) / 1000
}

// advance is the width of a character in thousandths of the size: known for ASCII, generous for others.
func (f font) advance(r rune) int {
	switch {
	case r >= ' ' && r <= '~' && f.bold:
		return bold[r-' ']
	case r >= ' ' && r <= '~':
		return regular[r-' ']
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Variation_Selector):
		return 0
	case r == '·':
		return 400
	case r == '…':
		return 1000
	case r >= 0x1f000 && r < 0x20000: // emoji
		return 1400
	default:
		return 1100
	}
}

// guessed says whether a text has characters whose width is not known: fonts may be without them, or have wider ones.
func guessed(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r > '~' && r != '·' && r != '…' })
}

// cluster is what must not be cut apart: a character with the marks and joined characters that follow it.
type cluster struct {
	text  string
	width int // thousandths of the size
}

const joiner = '\u200d'

func (f font) clusters(text string) []cluster {
	var out []cluster
	joined := false
	for _, r := range text {
		w := f.advance(r)
		if n := len(out); n > 0 && (w == 0 || joined) {
			out[n-1].text += string(r)
			out[n-1].width += w
		} else {
			out = append(out, cluster{string(r), w})
		}
		joined = r == joiner
	}
	return out
}

// wrap breaks a text into at most so many lines of at most width pixels. What does not fit is an ellipsis.
func (f font) wrap(text string, width, lines int) []string {
	rest := f.clusters(text)
	var out []string
	for len(rest) > 0 && len(out) < lines {
		fits := f.fitting(rest, width)
		switch {
		case fits == len(rest):
		case len(out) == lines-1:
			fits = f.fitting(rest, width-f.width("…"))
			return append(out, strings.TrimSpace(joinClusters(rest[:fits]))+"…")
		default:
			fits = breakAt(rest, fits)
		}
		out = append(out, strings.TrimSpace(joinClusters(rest[:fits])))
		rest = rest[fits:]
	}
	return out
}

// line is wrap for one line.
func (f font) line(text string, width int) string { return strings.Join(f.wrap(text, width, 1), "") }

// fitting is how many clusters fit into a width: at least one.
func (f font) fitting(all []cluster, width int) int {
	left := width * 1000 / f.size
	for i, c := range all {
		if left -= c.width; left < 0 {
			return max(i, 1)
		}
	}
	return len(all)
}

// breakAt is the last good place to break among the first n clusters, unless that leaves most of the line empty.
func breakAt(all []cluster, n int) int {
	for i := n; i > n/3; i-- {
		if strings.ContainsAny(all[i-1].text, " -_.@/,") {
			return i
		}
	}
	return n
}

func joinClusters(all []cluster) string {
	var b strings.Builder
	for _, c := range all {
		b.WriteString(c.text)
	}
	return b.String()
}
