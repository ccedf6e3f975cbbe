package sqlite

import (
	"strings"
	"syscall"
)

// placeOf asks statfs for the name of the file system.
func placeOf(dir string) (place, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return place{}, err
	}
	var name strings.Builder
	for _, c := range st.Fstypename {
		if c == 0 {
			break
		}
		name.WriteByte(byte(c))
	}
	return classify(name.String()), nil
}

func classify(name string) place {
	switch name {
	case "nfs", "smbfs", "afpfs", "webdav", "ftp":
		return place{kind: name, remote: true}
	case "macfuse", "osxfuse", "fusefs":
		return place{kind: name, unknown: true}
	}
	return place{}
}
