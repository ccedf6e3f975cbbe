package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
)

// readPrivate reads a file that keeps secrets, if nobody else can read or change it.
func readPrivate(file string) ([]byte, error) {
	info, err := os.Stat(file)
	var at *fs.PathError
	switch {
	case errors.As(err, &at):
		return nil, at.Err
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	}
	if open := info.Mode().Perm() & 0o077; open != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("others can read or change it (%v): chmod 600 it, and change the secrets if somebody may have", info.Mode().Perm())
	}
	return os.ReadFile(file)
}
