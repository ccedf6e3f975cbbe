package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// replace gives a file a new content, all of it or nothing: readers see the old or the new one. The file keeps its permissions; a
// symbolic link stays one. What is no regular file, such as a device, is just written to.
func replace(file string, data []byte) error {
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	info, err := os.Stat(file)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return os.WriteFile(file, data, 0o666)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	beside := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+"."+rand.Text()[:8])
	err = writeNew(beside, data, info)
	if err == nil {
		err = os.Rename(beside, file)
	}
	if err != nil {
		_ = os.Remove(beside) // it may not be there
	}
	return err
}

// writeNew writes a file that is not there yet, with the permissions of another if there is one, and has it reach the disk.
func writeNew(file string, data []byte, like fs.FileInfo) error {
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if _, err = out.Write(data); err == nil && like != nil {
		err = out.Chmod(like.Mode().Perm())
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
