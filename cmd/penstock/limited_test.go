package main

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestALimitedListenerHasOneWait(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := limited(inner, 1)
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				close(accepted)
				return
			}
			accepted <- c
		}
	}()
	for range 2 {
		c, err := net.Dial("tcp", inner.Addr().String())
		require.NoError(t, err)
		defer c.Close()
	}
	first := <-accepted
	select {
	case <-accepted:
		require.Fail(t, "the second one does not wait")
	default:
	}
	require.NoError(t, first.Close())
	require.ErrorIs(t, first.Close(), net.ErrClosed, "once more gives no second place")
	<-accepted
	require.NoError(t, l.Close(), "also while it waits for a place")
	<-accepted
}
