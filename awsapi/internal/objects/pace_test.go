package objects

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock-dev/penstock/awsapi/internal/sigv4"
)

// piped is a listener with one connection.
type piped chan net.Conn

func (p piped) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p piped) Close() error   { return nil }
func (p piped) Addr() net.Addr { return &net.TCPAddr{} }

// connect serves a shelf with a server that gives every request a second, and a silence of a minute.
func connect(t *testing.T, s *shelf) (client net.Conn) {
	now := time.Now()
	h := handler(s, &Scratch{Dir: t.TempDir(), Limit: 1 << 30}, &now)
	h.MaxObject, h.Silence = 1<<30, time.Minute
	server := &http.Server{
		Handler:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.Serve(w, r, "id") }),
		ReadTimeout: time.Second, WriteTimeout: time.Second,
	}
	client, other := net.Pipe()
	conns := make(piped, 1)
	conns <- other
	go server.Serve(conns) //nolint:errcheck // it ends with its listener
	t.Cleanup(func() {
		close(conns)
		_ = server.Close()
		_ = client.Close()
	})
	return client
}

// put begins to put an object of so many bytes.
func put(t *testing.T, c net.Conn, size int) {
	_, err := fmt.Fprintf(c, "PUT /b/k HTTP/1.1\r\nHost: x\r\nX-Amz-Content-Sha256: %s\r\nContent-Length: %d\r\n\r\n", sigv4.Unsigned, size)
	require.NoError(t, err)
}

func TestTransfersHaveTheTimeThatTheyTake(t *testing.T) {
	const pieces, piece = 100, 300 << 10
	text := strings.Repeat("x", piece)
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{}
		c := connect(t, s)
		put(t, c, pieces*piece)
		for range pieces {
			time.Sleep(15 * time.Second)
			_, err := io.WriteString(c, text)
			require.NoError(t, err)
		}
		in := bufio.NewReader(c)
		response, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Len(t, s.content, pieces*piece)

		_, err = io.WriteString(c, "GET /b/k HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		response, err = http.ReadResponse(in, nil)
		require.NoError(t, err)
		for range pieces {
			time.Sleep(15 * time.Second)
			_, err := io.CopyN(io.Discard, response.Body, piece)
			require.NoError(t, err)
		}
	})
}

func TestTransfersThatDoNotMoveAreCut(t *testing.T) {
	const size = 1 << 20
	for name, test := range map[string]struct {
		piece int           // bytes
		every time.Duration // a piece
		after time.Duration // it is cut
	}{
		"silence":   {size / 8, 61 * time.Second, time.Minute},
		"a trickle": {100, 5 * time.Second, time.Minute},
		"slow":      {8 << 10, time.Second, 2 * time.Minute},
	} {
		t.Run("put, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := connect(t, &shelf{})
				begun := time.Now()
				put(t, c, size)
				answered := make(chan string)
				go func() {
					line, _ := bufio.NewReader(c).ReadString('\n')
					answered <- line + time.Since(begun).Round(time.Minute).String()
				}()
				for {
					if _, err := io.WriteString(c, strings.Repeat("x", test.piece)); err != nil {
						break
					}
					time.Sleep(test.every)
				}
				require.Equal(t, "HTTP/1.1 400 Bad Request\r\n"+test.after.String(), <-answered)
			})
		})
		t.Run("get, "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := connect(t, &shelf{content: strings.Repeat("x", size)})
				begun := time.Now()
				_, err := io.WriteString(c, "GET /b/k HTTP/1.1\r\nHost: x\r\n\r\n")
				require.NoError(t, err)
				for err == nil {
					_, err = io.CopyN(io.Discard, c, int64(test.piece))
					time.Sleep(test.every)
				}
				require.Less(t, time.Since(begun), test.after+3*time.Minute)
			})
		})
	}
}
