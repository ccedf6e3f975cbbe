package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// exportsLimit is how many bytes of exported variables are read; fewer may be set.
const exportsLimit = 1 << 20

// writeScript answers the file that the shell is to run. Exported variables are read back by a second file around the script, so that what
// the shell says about lines of the script is right.
func (j *job) writeScript(text string) (string, error) {
	script := j.space.path("script")
	if err := os.WriteFile(script, []byte(text+"\n"), 0o600); err != nil {
		return "", err
	}
	if len(j.config.Exports) == 0 {
		return script, nil
	}
	around := j.space.path("exporting-script")
	return around, os.WriteFile(around, []byte(exporting(script, j.space.path("exports"), j.config.Exports)), 0o600)
}

// exporting is a script that writes variables when another has succeeded: NAME=VALUE, each ended by a zero byte, which no value holds.
func exporting(script, to string, names []string) string {
	var b strings.Builder
	b.WriteString("penstock_end() {\npenstock_status=$?\ntrap - EXIT\nif [ \"$penstock_status\" -eq 0 ]; then\n{\n")
	for _, name := range names {
		fmt.Fprintf(&b, "[ -n \"${%[1]s+set}\" ] && printf '%%s\\0' \"%[1]s=$%[1]s\"\n", name)
	}
	fmt.Fprintf(&b, "} >%s\nfi\nexit \"$penstock_status\"\n}\ntrap penstock_end EXIT\n. %s\n", shellQuote(to), shellQuote(script))
	return b.String()
}

// shellQuote is text as one word of the shell.
func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// export makes output variables of what the script has exported.
func (j *job) export() error {
	if len(j.config.Exports) == 0 {
		return nil
	}
	values, err := readExports(j.space.path("exports"))
	if err != nil {
		return err
	}
	for _, name := range j.config.Exports {
		value, ok := values[name]
		if !ok {
			return fmt.Errorf("the script ended without setting %s, which it has to export", name)
		}
		if err := j.setVariable(name, value); err != nil {
			return err
		}
	}
	return nil
}

func readExports(file string) (map[string]string, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the variables to export could not be read: the script must not set a trap on EXIT, nor end by exec")
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, exportsLimit+1))
	if err != nil {
		return nil, err
	}
	if len(text) > exportsLimit {
		return nil, fmt.Errorf("the variables to export have over %d bytes", exportsLimit)
	}
	values := map[string]string{}
	for entry := range strings.SplitSeq(string(text), "\x00") {
		if name, value, ok := strings.Cut(entry, "="); ok {
			values[name] = value
		}
	}
	return values, nil
}
