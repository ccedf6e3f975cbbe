package simulation

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A history's randomness comes in four streams of its seed: what there is, which move comes next, what a move draws, and what the end draws.
// A move draws from a seed of its own, so that leaving one out changes nothing about the draws of those after it.
const (
	before     = 0x70656e73746f636b
	scheduling = 0x7363686564756c65
	during     = 0x6d6f7665
	afterwards = 0x656e64
)

// move is a choice with the seed of what it draws.
type move struct {
	choice choice
	seed   uint32
}

// make tries a move; it answers false when that is impossible now.
func (w *world) make(m move) bool {
	w.draws.Seed(uint64(m.seed), during)
	w.moves = append(w.moves, m) // also what turns out to be impossible: an order that finds no replica is still one to be repeated
	if !w.try(m.choice) {
		return false
	}
	w.mix(uint64(m.choice))
	return true
}

// replay makes the same moves again.
func replay(seed uint64, moves []move, trace io.Writer) outcome {
	return newWorld(seed, trace).play(func(w *world) {
		for _, m := range moves {
			if w.oracle.Broken() != nil {
				return
			}
			w.steps++
			w.make(m)
		}
	})
}

// names of the choices, as lines spell them.
var names = [choices]string{
	pump: "pump", step: "step", commit: "commit", answer: "answer", load: "load", order: "order", repeat: "repeat", end: "end", report: "report",
	progress: "progress", again: "again", cancel: "cancel", renew: "renew", poll: "poll", advance: "advance", crash: "crash", start: "start",
	pause: "pause", resume: "resume", clock: "clock", serve: "serve", drive: "drive", evict: "evict", pollJob: "poll-job",
	labour: "labour",
}

// line spells a history: its seed, and each move with the seed of its own.
func line(seed uint64, moves []move) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d:", seed)
	for i, m := range moves {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(names[m.choice] + "." + strconv.FormatUint(uint64(m.seed), 36))
	}
	return out.String()
}

// parse reads what line has written.
func parse(text string) (seed uint64, moves []move, err error) {
	number, list, ok := strings.Cut(text, ":")
	if seed, err = strconv.ParseUint(number, 10, 64); err != nil || !ok {
		return 0, nil, fmt.Errorf("a history begins with its seed and a colon, not with %.20q", text)
	}
	for word := range strings.SplitSeq(list, ",") {
		if word == "" {
			continue
		}
		name, digits, _ := strings.Cut(word, ".")
		own, err := strconv.ParseUint(digits, 36, 32)
		c := choice(0)
		for ; c < choices && names[c] != name; c++ {
			continue
		}
		if err != nil || c == choices {
			return 0, nil, fmt.Errorf("%q is no move: want a choice, a dot and its seed, as in commit.1x2y", word)
		}
		moves = append(moves, move{c, uint32(own)})
	}
	return seed, moves, nil
}

// Replay makes the choices of a line again. It answers the violation that comes of it, nil when there is none.
func Replay(text string, trace io.Writer) (*Violation, error) {
	seed, moves, err := parse(strings.TrimSpace(text))
	if err != nil {
		return nil, err
	}
	o := replay(seed, moves, trace)
	if o.broken == nil {
		return nil, nil
	}
	return &Violation{Seed: seed, Step: o.steps, Cause: o.broken, Replay: line(seed, o.moves)}, nil
}
