package penstock

import (
	"archive/tar"
	"fmt"
	"strings"
)

// hostileLimits are those that the corpus is unpacked with.
var hostileLimits = treeLimits{entries: 40, bytes: 1 << 16, path: 300, depth: 5}

// hostile is an archive that nobody should have made, and what unpacking it says; want nil: it is harmless, and stays inside.
type hostile struct {
	name string
	tar  []byte
	want error
}

// raw is a header as somebody might write it, whatever tar.Writer thinks of that.
type raw struct {
	kind               byte
	name, link         string
	mode, size, prefix string // as they stand in the header; mode 0000644 and the size of content if empty
	magic              string // "ustar\x0000" if empty
	content            string
	damage             func(block []byte) // after the checksum
}

func (r raw) bytes() []byte {
	b := make([]byte, 512)
	put := func(at, length int, s string) { copy(b[at:at+length], s) }
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	put(0, 100, r.name)
	put(100, 8, or(r.mode, "0000644\x00"))
	put(108, 8, "0000000\x00")
	put(116, 8, "0000000\x00")
	put(124, 12, or(r.size, fmt.Sprintf("%011o\x00", len(r.content))))
	put(136, 12, "00000000000\x00")
	b[156] = r.kind
	put(157, 100, r.link)
	put(257, 8, or(r.magic, "ustar\x0000"))
	put(345, 155, r.prefix)
	put(148, 8, "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	put(148, 8, fmt.Sprintf("%06o\x00 ", sum))
	if r.damage != nil {
		r.damage(b)
	}
	b = append(b, r.content...)
	return append(b, make([]byte, (512-len(b)%512)%512)...)
}

var endOfTar = make([]byte, 1024)

// archive is a file to begin with, so that there is something to be cleaned up, then the entries, then an end.
func archive(entries ...raw) []byte {
	return slice(append([]raw{file("!", "first")}, entries...), endOfTar)
}

func slice(entries []raw, end []byte) []byte {
	var b []byte
	for _, e := range entries {
		b = append(b, e.bytes()...)
	}
	return append(b, end...)
}

func file(name, content string) raw { return raw{kind: tar.TypeReg, name: name, content: content} }
func folder(name string) raw        { return raw{kind: tar.TypeDir, name: name + "/"} }
func link(name, to string) raw      { return raw{kind: tar.TypeSymlink, name: name, link: to} }

// pax is an extended header with records of "key=value".
func pax(records ...string) raw {
	var b strings.Builder
	for _, r := range records {
		size := len(r) + 2
		for len(fmt.Sprint(size))+len(r)+2 != size {
			size++
		}
		fmt.Fprintf(&b, "%d %s\n", size, r)
	}
	return raw{kind: tar.TypeXHeader, name: "PaxHeaders.0/x", content: b.String()}
}

func gnu(kind byte, text string) raw {
	return raw{kind: kind, name: "././@LongLink", content: text + "\x00", magic: "ustar  \x00"}
}

// base256 is a number as GNU writes those that octal digits do not hold.
func base256(first byte, rest ...byte) string {
	b := make([]byte, 12)
	if first == 0xff {
		for i := range b {
			b[i] = 0xff
		}
	}
	b[0] = first
	copy(b[12-len(rest):], rest)
	return string(b)
}

func hostiles() []hostile {
	var all []hostile
	for _, of := range []func() []hostile{
		hostilePaths, harmlessNames, hostileLinks, hostileKinds, hostileOrders, hostileSizes, hostileRecords, bombs, cuts, strangers,
	} {
		all = append(all, of()...)
	}
	return all
}

func hostilePaths() []hostile {
	var all []hostile
	for _, path := range []string{
		"../x", "..", "./..", "./../x", "a/../../x", "a/../x", "a/..", "a/b/../../../x", "../../../../../../../../tmp/x", "/x", "//x", "/../x",
		"/etc/passwd", "///etc/passwd", "./x", ".", ".//x", "a//x", "a/./x", "a/.", "!//x", "....//x", "..//x", ".../../x", "!/..", "!/../x",
		"x\xff", "\xc0\xae\xc0\xae/x", "\xed\xa0\x80",
	} {
		for kind, what := range map[byte]string{tar.TypeReg: "a file", tar.TypeDir: "a directory", tar.TypeSymlink: "a link"} {
			name := path
			if kind == tar.TypeDir && !strings.HasSuffix(name, "/") {
				name += "/"
			}
			if kind != tar.TypeDir && strings.HasSuffix(name, "/") {
				continue
			}
			r := raw{kind: kind, name: name}
			if kind == tar.TypeSymlink {
				r.link = "!"
			}
			all = append(all,
				hostile{fmt.Sprintf("%s at %q", what, path), archive(r), errTreePath},
				hostile{fmt.Sprintf("%s at %q in an extended header", what, path), archive(pax("path="+name), raw{kind: kind, name: "x", link: r.link}), errTreePath})
		}
	}
	return append(all,
		hostile{"a file that ends in a slash", archive(file("x/", "")), errTreePath},
		hostile{"a link that ends in a slash", archive(link("x/", "!")), errTreePath},
		hostile{"a directory that does not end in a slash", archive(raw{kind: tar.TypeDir, name: "x"}), errTreePath},
		hostile{"a directory that ends in two", archive(folder("x/")), errTreePath},
		hostile{"no name", archive(file("", "x")), errTreePath},
		hostile{"a prefix that climbs", archive(raw{kind: tar.TypeReg, name: "x", prefix: ".."}), errTreePath},
		hostile{"an absolute prefix", archive(raw{kind: tar.TypeReg, name: "x", prefix: "/tmp"}), errTreePath},
		hostile{"a GNU long name that climbs", archive(gnu('L', strings.Repeat("../", 50)+"x"), file("x", "x")), errTreePath},
		hostile{"a GNU long name that is absolute", archive(gnu('L', "/tmp/x"), file("x", "x")), errTreePath},
		hostile{"two GNU long names", archive(gnu('L', "x"), gnu('L', "../x"), file("x", "x")), errTreePath},
		hostile{"an extended header over a GNU long name", archive(gnu('L', "x"), pax("path=../x"), file("x", "x")), errTreeExtra},
		hostile{"two extended headers", archive(pax("path=x"), pax("path=../x"), file("x", "x")), errTreePath},
		hostile{"two paths in an extended header", archive(pax("path=x", "path=../x"), file("x", "x")), errTreePath},
		hostile{"an extended path that is empty, over one that climbs", archive(pax("path="), file("../x", "x")), errTreePath},
	)
}

// harmlessNames are hostile to other systems or to terminals, and plain names here.
func harmlessNames() []hostile {
	var all []hostile
	for _, name := range []string{
		`..\x`, `\x`, `C:\x`, `C:x`, `\\host\share`, "CON", "nul.txt", "x:stream", "x.", "x ", "~root", "$HOME", "-rf", "%2e%2e%2fx", "\x1b[31mred", "a\nb", "\r", "\u202egnp.exe",
		"...", "..x", "․․", "\ufeffx",
	} {
		all = append(all, hostile{fmt.Sprintf("the name %q", name), slice([]raw{pax("path=" + name), file("x", "x")}, endOfTar), nil})
	}
	return append(all,
		hostile{"names that differ in case", archive(folder("A"), file("A/x", "1"), folder("a"), file("a/x", "2")), nil},
		hostile{"a link and a directory that differ in case", archive(link("D", "!"), folder("d"), file("d/x", "2")), nil},
		hostile{"names that differ in their form of Unicode", archive(pax("path=e\u0301"), file("1", "1"), pax("path=\u00e9"), file("2", "2")), nil},
		hostile{"a name behind NUL", archive(file("x\x00/../../y", "x")), nil},
		hostile{"an old header", archive(raw{kind: 0, name: "x", magic: "\x00\x00\x00\x00\x00\x00\x00\x00"}), errTreeExtra},
		hostile{"a header of GNU", archive(raw{kind: tar.TypeReg, name: "x", magic: "ustar  \x00"}), errTreeExtra},
		hostile{"a GNU long name", archive(gnu('L', "x"), file("x", "x")), errTreeExtra})
}

func hostileLinks() []hostile {
	var all []hostile
	for _, to := range []string{
		"..", "../x", "../../etc/passwd", "/", "/etc/passwd", "//etc", "./..", "./../x", "a/..", "a/../x", "a/../../x", "a/b/../../../x", "", "../", "!/..", ".//..", "../.", "x/./../..",
		`..\x`, `C:\x`, `\\host\share`,
	} {
		all = append(all,
			hostile{fmt.Sprintf("a link to %q", to), archive(link("l", to)), errTreeLink},
			hostile{fmt.Sprintf("a deep link to %q", to), archive(folder("d"), link("d/l", strings.Replace(to, "..", "../..", 1))), errTreeLink})
	}
	// A deep link that is not made to climb by two is inside: these few climb in no way.
	all = deleteNamed(all, `a deep link to "!/.."`)
	return append(all,
		hostile{"a link to an extended path", archive(pax("linkpath=../x"), link("l", "!")), errTreeLink},
		hostile{"a GNU long link", archive(gnu('K', "../x"), link("l", "!")), errTreeLink},
		hostile{"a link to what is too long", archive(gnu('K', strings.Repeat("x/", 151)+"x"), link("l", "!")), errTreeLongPath},
		hostile{"links in a chain to the outside", archive(link("a", "b"), link("b", "c"), link("c", "..")), errTreeLink},
		hostile{"links up by way of a link", archive(folder("d"), link("d/up", ".."), link("d/up2", "up/..")), errTreeLink},
		hostile{"links in a loop", archive(link("a", "b"), link("b", "a")), nil},
		hostile{"a link to itself", archive(link("a", "a")), nil},
		hostile{"a link to where it is", archive(link("a", ".")), nil},
		hostile{"a link to the root of the tree", archive(folder("d"), link("d/up", "..")), nil},
		hostile{"a file through a link", archive(folder("d"), link("l", "d"), file("l/x", "x")), errTreeOrder},
		hostile{"a directory through a link", archive(folder("d"), link("l", "d"), folder("l/x")), errTreeOrder},
		hostile{"a link through a link", archive(folder("d"), link("l", "d"), link("l/x", "y")), errTreeOrder},
		hostile{"a file through a link in a chain", archive(folder("d"), link("k", "l"), link("l", "d"), file("k/x", "x")), errTreeOrder},
		hostile{"a file through a link to the root", archive(link("l", "."), file("l/x", "x")), errTreeOrder},
		hostile{"a file in the place of a link", archive(link("l", "!"), file("l", "x")), errTreeOrder},
		hostile{"a directory in the place of a link", archive(link("l", "!"), folder("l")), errTreeOrder},
		hostile{"a link in the place of a link", archive(link("l", "!"), link("l", "x")), errTreeOrder},
	)
}

func deleteNamed(all []hostile, name string) []hostile {
	var rest []hostile
	for _, h := range all {
		if h.name != name {
			rest = append(rest, h)
		}
	}
	return rest
}

func hostileKinds() []hostile {
	var all []hostile
	for _, kind := range []byte{tar.TypeLink, tar.TypeChar, tar.TypeBlock, tar.TypeFifo, tar.TypeCont, tar.TypeXGlobalHeader, 'A', 'D', 'I', 'M', 'N', 'V', 's', 'Z', '8', '9', 0xff} {
		content := ""
		if kind == tar.TypeXGlobalHeader {
			content = "13 path=../x\n"
		}
		all = append(all, hostile{fmt.Sprintf("an entry of kind %q", kind), archive(raw{kind: kind, name: "x", link: "!", content: content}), errTreeKind})
	}
	for _, mode := range []string{"0004755\x00", "0002755\x00", "0001777\x00", "0007777\x00", "0100644\x00", "0120777\x00", "7777777\x00", "\x80\x00\x00\x00\x00\x00\x10\x00", "\xff\xff\xff\xff\xff\xff\xff\xff"} {
		all = append(all,
			hostile{fmt.Sprintf("a file of mode %q", mode), archive(raw{kind: tar.TypeReg, name: "x", mode: mode}), errTreeMode},
			hostile{fmt.Sprintf("a directory of mode %q", mode), archive(raw{kind: tar.TypeDir, name: "x/", mode: mode}), errTreeMode})
	}
	return append(all,
		hostile{"a hard link to the outside", archive(raw{kind: tar.TypeLink, name: "x", link: "../../etc/passwd"}), errTreeKind},
		hostile{"a hard link to a link", archive(link("l", "!"), raw{kind: tar.TypeLink, name: "x", link: "l"}), errTreeKind},
		hostile{"a directory of no permission", archive(raw{kind: tar.TypeDir, name: "x/", mode: "0000000\x00"}, file("x/y", "z")), nil},
		hostile{"a file of no permission", archive(raw{kind: tar.TypeReg, name: "x", mode: "0000000\x00", content: "x"}), nil})
}
