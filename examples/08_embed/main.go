// Embed makes an engine a part of an HTTP service, in service.go: releases start on POST, their events are streamed, and SIGTERM drains. The
// program is its own client and releases once; with -listen localhost:8080 it serves until it is told to end.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	listen := flag.String("listen", "", "the `address` to serve on")
	flag.Parse()
	visit := func(string) error { return nil }
	if *listen == "" {
		*listen, visit = "localhost:0", demonstrate
	}
	if err := run(*listen, visit); err != nil {
		log.Fatal(err)
	}
}

// run serves until SIGTERM or Ctrl-C. Meanwhile somebody visits the address.
func run(listen string, visit func(address string) error) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := newService(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	s.log.Info("serving", "address", listener.Addr())
	visited := make(chan error, 1)
	go func() {
		err := visit("http://" + listener.Addr().String())
		if err != nil {
			stop()
		}
		visited <- err
	}()
	err = s.serve(ctx, listener)
	fmt.Println("The service has drained.")
	return errors.Join(err, <-visited)
}
