package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// lookUp finds the program: in the PATH that it will have itself, not in that of this process.
func (c Command) lookUp() (string, error) {
	name := c.Argv[0]
	if strings.ContainsRune(name, '/') || strings.ContainsRune(name, filepath.Separator) {
		return name, nil // as it is: the system looks below Dir
	}
	path, _ := variable(c.Env, "PATH")
	if runtime.GOOS == "windows" {
		found, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, ErrNoProgram)
		}
		return found, nil
	}
	for _, dir := range filepath.SplitList(path) {
		if !filepath.IsAbs(dir) {
			continue // it would depend on where one stands
		}
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s: %w: it is not in the PATH %q", name, ErrNoProgram, path)
}

// variable is the value of an environment variable; the last one counts.
func variable(env []string, name string) (value string, ok bool) {
	for _, entry := range env {
		if n, v, found := strings.Cut(entry, "="); found && n == name {
			value, ok = v, true
		}
	}
	return value, ok
}
