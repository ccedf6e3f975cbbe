package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// waitingTest is a test that calls an address, and goes on for as long as the other side holds the line. It does not mind being asked to end.
const waitingTest = `package main

import (
	"io"
	"net"
	"os/signal"
	"syscall"
	"testing"
)

func TestPrice(t *testing.T) {
	signal.Ignore(syscall.SIGTERM)
	line, err := net.Dial("tcp", %q)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, line)
}
`

// calls is a place for waiting tests to call.
func calls(t *testing.T) (address string, next func() net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String(), func() net.Conn {
		line, err := listener.Accept()
		if err != nil {
			return nil // the test has ended before
		}
		return line
	}
}

func TestTheFirstInterruptDrains(t *testing.T) {
	address, next := calls(t)
	repo, data := newShop(t, map[string]string{"main_test.go": fmt.Sprintf(waitingTest, address)}), t.TempDir()
	interrupts := make(chan os.Signal, 2)
	told := make(chan struct{})
	go func() {
		line := next()
		interrupts <- os.Interrupt
		<-told
		_ = line.Close()
	}()
	first := quickstart{openState: openSQLite, interrupts: interrupts, out: &lookout{text: "Draining", seen: func() { close(told) }}}.on(repo, data)
	require.Equal(t, 130, first.status, first)
	require.Regexp(t, `(?s)Draining.*Succeeded +Build/Test`, first.out, "what runs goes on to its end")
	require.NotContains(t, first.out, "Compile", "and nothing else begins")
	require.Contains(t, first.problems, "run it again")

	second := runQuickstart(repo, data)
	require.Equal(t, 0, second.status, second)
	require.Contains(t, second.out, "Going on")
	requireReleasedOnce(t, data)
}

func TestTheSecondInterruptStops(t *testing.T) {
	address, next := calls(t)
	repo, data := newShop(t, map[string]string{"main_test.go": fmt.Sprintf(waitingTest, address)}), t.TempDir()
	interrupts := make(chan os.Signal, 2)
	hungUp := make(chan struct{})
	go func() {
		line := next()
		interrupts <- os.Interrupt
		interrupts <- os.Interrupt
		_, _ = io.Copy(io.Discard, line)
		close(hungUp)
	}()
	stopped := quickstart{openState: openSQLite, interrupts: interrupts}.on(repo, data)
	<-hungUp // the process is gone, or this test does not end
	require.Equal(t, 1, stopped.status, stopped)
	require.Regexp(t, `Abandoned +Build/Test`, stopped.out)
	require.Contains(t, stopped.problems, "not released: Stopped")
	requireNothingRuns(t, data)
	require.Contains(t, runQuickstart(repo, data).out, "Nothing is new")
}

// lookout does something when a text is written for the first time.
type lookout struct {
	text string
	seen func()
	done bool
}

func (l *lookout) Write(p []byte) (int, error) {
	if !l.done && strings.Contains(string(p), l.text) {
		l.done = true
		l.seen()
	}
	return len(p), nil
}
