package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// window is a stretch of time with what was used in it.
type window struct {
	name           string
	from, end      time.Time
	latencies      []time.Duration // of reads, from when they were due
	server, client time.Duration   // processor time
}

// over measures what a function uses.
func over(name string, s *server, f func() []time.Duration) window {
	w := window{name: name, from: time.Now()}
	server, client := s.used(), used()
	w.latencies = f()
	w.end, w.server, w.client = time.Now(), s.used()-server, used()-client
	slices.Sort(w.latencies)
	return w
}

func (o options) quiet(s *server) window {
	return over("quiet", s, func() []time.Duration {
		time.Sleep(o.window)
		return nil
	})
}

// reading asks for states at an even rate, whether the answers come in time or not.
func (o options) reading(s *server) window {
	return over("reading", s, func() []time.Duration {
		began, n := time.Now(), int(o.window.Seconds()*float64(o.reads))
		all := make([]time.Duration, n)
		var readers sync.WaitGroup
		for first := range o.readers {
			readers.Go(func() {
				for i := first; i < n; i += o.readers {
					due := began.Add(time.Duration(i) * time.Second / time.Duration(o.reads))
					time.Sleep(time.Until(due))
					if time.Since(began) > o.window {
						return // it cannot keep up
					}
					s.read(i % o.pipelines)
					all[i] = time.Since(due)
				}
			})
		}
		readers.Wait()
		return slices.DeleteFunc(all, func(d time.Duration) bool { return d == 0 })
	})
}

// count is how many commands ended in the window, and how long they took in the mean.
func (w window) count(all []action) (n int, mean time.Duration) {
	var sum time.Duration
	for _, a := range all {
		if !a.end.Before(w.from) && a.end.Before(w.end) {
			n++
			sum += a.took
		}
	}
	return n, sum / time.Duration(max(n, 1))
}

func (w window) row(n int, mean time.Duration) string {
	took := w.end.Sub(w.from).Seconds()
	at := func(share float64) string {
		if len(w.latencies) == 0 {
			return "-"
		}
		return w.latencies[int(share*float64(len(w.latencies)-1))].Round(10 * time.Microsecond).String()
	}
	return fmt.Sprintf("%-8s %10.1f  %-10s %8.0f  %-9s  %-9s  %10.2f  %10.2f", w.name, float64(n)/took, mean.Round(time.Millisecond),
		float64(len(w.latencies))/took, at(0.5), at(0.99), w.server.Seconds()/took, w.client.Seconds()/took)
}

// used is the processor time of the server, without that of the programs that it runs; 0 where the system does not tell it in /proc.
func (s *server) used() time.Duration {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/stat")
	_, rest, ok := strings.Cut(string(data), ") ")
	fields := strings.Fields(rest)
	if err != nil || !ok || len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}
