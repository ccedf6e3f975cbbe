package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLinesThatStayPushDownLinesThatDoNot(t *testing.T) {
	var out bytes.Buffer
	s := screen{out: &out, live: true}
	s.draw([]string{"Vet 0.1s", "Test 0.1s"})
	require.Equal(t, "\x1b[?7lVet 0.1s\nTest 0.1s\n\x1b[?7h", out.String())
	out.Reset()
	s.draw([]string{"Vet 0.1s", "Test 0.1s"})
	require.Empty(t, out.String(), "nothing has changed")
	fmt.Fprintln(&s, "Vet ended")
	require.Equal(t, "\x1b[2A\r\x1b[JVet ended\n", out.String())
	out.Reset()
	s.draw(nil)
	require.Empty(t, out.String(), "there is nothing to remove any more")
}

func TestElsewhereOnlyLinesThatStay(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out)
	s.draw([]string{"Vet 0.1s"})
	fmt.Fprintln(s, "Vet ended")
	require.Equal(t, "Vet ended\n", out.String())
}
