package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// keySize is how long a session key is, in bytes.
const keySize = 32

// sessionKey is what the credentials of jobs are derived from: made once for a directory, so that they outlive the process. Whoever has it can
// make such credentials.
func sessionKey(file string) ([]byte, error) {
	key, err := readPrivate(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = make([]byte, keySize)
		_, _ = rand.Read(key) // it never fails
		return key, writeOnce(file, key)
	case err == nil && len(key) != keySize:
		err = fmt.Errorf("it has %d bytes, where a session key has %d: remove it, and job workers ask for new credentials", len(key), keySize)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

// writeOnce makes a file of its owner's alone that is there as a whole or not at all, also after a power cut. Nobody else may be at it.
func writeOnce(file string, content []byte) error {
	beside := file + ".new"
	if err := os.Remove(beside); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(content); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(beside, file)
	}
	if err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	return syncDir(filepath.Dir(file))
}

// syncDir has a directory's names reach the disk, where the system can do that.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // there a directory cannot be opened so
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
