package main

import "testing"

// The standard library is enough here: whoever tries the quickstart waits for this to compile.
func TestAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		check bool
		want  string
	}{
		"greeting":     {check: false, want: "Hello! I am 1.2."},
		"health check": {check: true, want: "hello 1.2 is well"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := answer("1.2", test.check); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
