package penstock

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
)

func hostileOrders() []hostile {
	return []hostile{
		{"a file twice", archive(file("a", "x"), file("a", "y")), errTreeOrder},
		{"a directory twice", archive(folder("a"), folder("a")), errTreeOrder},
		{"a directory in the place of a file", archive(file("a", "x"), folder("a")), errTreeOrder},
		{"a file in the place of a directory", archive(folder("a"), file("a", "x")), errTreeOrder},
		{"a link in the place of a file", archive(file("a", "x"), link("a", "b")), errTreeOrder},
		{"a link in the place of a directory", archive(folder("a"), link("a", "b")), errTreeOrder},
		{"a link in the place of a directory with something in it", archive(folder("a"), file("a/x", "x"), link("a", "b")), errTreeOrder},
		{"a file below a file", archive(file("a", "x"), file("a/b", "x")), errTreeOrder},
		{"a directory below a file", archive(file("a", "x"), folder("a/b")), errTreeOrder},
		{"a link below a file", archive(file("a", "x"), link("a/b", "c")), errTreeOrder},
		{"a file without its directory", archive(file("a/b", "x")), errTreeOrder},
		{"a file whose directory comes later", archive(file("a/b", "x"), folder("a")), errTreeOrder},
		{"a file of a directory that was left", archive(folder("a"), folder("b"), file("a/x", "x")), errTreeOrder},
		{"a file without its directory, deep", archive(folder("a"), file("a/b/c", "x")), errTreeOrder},
		{"a file out of order", archive(file("b", "x"), file("a", "x")), errTreeOrder},
		{"a directory out of order", archive(folder("a-b"), folder("a")), errTreeOrder},
		{"a file twice, apart", archive(file("a", "x"), file("b", "x"), file("a", "x")), errTreeOrder},
		{"the first again", archive(file("!", "again")), errTreeOrder},
	}
}

func hostileSizes() []hostile {
	reg := func(size string) []byte { return archive(raw{kind: tar.TypeReg, name: "x", size: size}) }
	return []hostile{
		{"a negative size", reg(base256(0xff, 0xff)), tar.ErrHeader},
		{"a very negative size", reg(base256(0xff, 0x80, 0, 0, 0, 0, 0, 0, 0)), tar.ErrHeader},
		{"a size over 64 bits", reg(base256(0x81)), tar.ErrHeader},
		{"the greatest size", reg(base256(0x80, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)), errTreeLarge},
		{"a size of 63 bits", reg(base256(0x80, 0x40, 0, 0, 0, 0, 0, 0, 0)), errTreeLarge},
		{"eight GiB", reg("77777777777\x00"), errTreeLarge},
		{"a size that is no number", reg("0000000000x\x00"), tar.ErrHeader},
		{"a size with a sign", reg("-0000000001\x00"), tar.ErrHeader},
		{"a size of blanks", reg("            "), errTreeExtra},
		{"more than there is", reg("00000010000\x00"), io.ErrUnexpectedEOF},
		{"more than there is, of a large file", archive(raw{kind: tar.TypeReg, name: "x", size: "00000177000\x00"}), io.ErrUnexpectedEOF},
		{"a directory with a size", archive(raw{kind: tar.TypeDir, name: "x/", size: "00000000010\x00"}), errTreeExtra},
		{"a link with a size", archive(raw{kind: tar.TypeSymlink, name: "x", link: "!", size: "00000000010\x00"}), errTreeExtra},
		{"an extended size that is negative", archive(pax("size=-1"), file("x", "")), tar.ErrHeader},
		{"an extended size that overflows", archive(pax("size=9223372036854775808"), file("x", "")), tar.ErrHeader},
		{"an extended size over the limit", archive(pax("size=9223372036854775807"), file("x", "")), errTreeLarge},
		{"an extended size that is no number", archive(pax("size=0x10"), file("x", "")), tar.ErrHeader},
		{"an extended size that hides an entry", archive(pax("size=1024"), raw{kind: tar.TypeReg, name: "x", size: "00000000000\x00"}, file("../y", "z")), nil},
		{"an extended size of a directory", archive(pax("size=512"), folder("x"), file("../y", "z")), errTreeExtra},
	}
}

func hostileRecords() []hostile {
	text := func(content string) []byte {
		return archive(raw{kind: tar.TypeXHeader, name: "x", content: content}, file("x", "x"))
	}
	return []hostile{
		{"a sparse file of GNU", archive(raw{kind: tar.TypeGNUSparse, name: "x", magic: "ustar  \x00"}), errTreeKind},
		{"a sparse file, format 0.0", archive(pax("GNU.sparse.size=1000000000000", "GNU.sparse.numblocks=1", "GNU.sparse.offset=999999999999", "GNU.sparse.numbytes=1"), file("x", "x")), errTreeExtra},
		{"a sparse file, format 0.1", archive(pax("GNU.sparse.size=1000000000000", "GNU.sparse.numblocks=1", "GNU.sparse.map=999999999999,1", "GNU.sparse.name=../x"), file("x", "x")), errTreeExtra},
		{"a sparse file, format 1.0", archive(pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=1000000000000", "GNU.sparse.name=../x"), file("x", "1\n999999999999\n1\n"+strings.Repeat("\x00", 496)+"x")), errTreeExtra},
		{"a sparse map without an end", archive(pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.realsize=10", "GNU.sparse.name=x"), file("x", "99999999999\n")), io.ErrUnexpectedEOF},
		{"a sparse file with too many blocks", archive(pax("GNU.sparse.size=10", "GNU.sparse.numblocks=99999999999", "GNU.sparse.map=0,1"), file("x", "x")), tar.ErrHeader},
		{"an attribute", archive(pax("SCHILY.xattr.security.capability=\x01\x00\x00\x02"), file("x", "x")), errTreeExtra},
		{"an access list", archive(pax("SCHILY.acl.access=user::rwx"), file("x", "x")), errTreeExtra},
		{"an owner", archive(pax("uid=0", "uname=root"), file("x", "x")), errTreeExtra},
		{"a time", archive(pax("mtime=1"), file("x", "x")), errTreeExtra},
		{"a record of somebody else", archive(pax("ACME.run=sh"), file("x", "x")), errTreeExtra},
		{"a device number", archive(pax("SCHILY.devmajor=1"), file("x", "x")), errTreeExtra},
		{"a record without a length", text("path=x\n"), tar.ErrHeader},
		{"a record of length 0", text("0 path=x\n"), tar.ErrHeader},
		{"a record with a negative length", text("-9 path=x\n"), tar.ErrHeader},
		{"a record that is too long", text("99 path=x\n"), tar.ErrHeader},
		{"a record whose length overflows", text("99999999999999999999 path=x\n"), tar.ErrHeader},
		{"a record without a line's end", text("8 path=xy"), tar.ErrHeader},
		{"a record without a key", text("5 =x\n"), tar.ErrHeader},
		{"a record without a value", text("7 path\n"), tar.ErrHeader},
		{"a path with NUL", archive(pax("path=x\x00/../../y"), file("x", "x")), tar.ErrHeader},
		{"a link with NUL", archive(pax("linkpath=x\x00/../../y"), link("x", "y")), tar.ErrHeader},
		{"a path that is no UTF-8", archive(pax("path=x\xff"), file("x", "x")), errTreePath},
		{"an extended header for nothing", archive(pax("path=x")), errTreeCut},
		{"a long name for nothing", archive(gnu('L', "x")), errTreeCut},
		{"a global header that names the next", archive(raw{kind: tar.TypeXGlobalHeader, name: "g", content: "13 path=../x\n"}, file("x", "x")), errTreeKind},
	}
}

// many are n entries in order.
func many(n int, of func(name string) raw) []raw {
	var all []raw
	for i := range n {
		all = append(all, of(fmt.Sprintf("%06d", i)))
	}
	return all
}

func bombs() []hostile {
	var deep []raw
	for i := range 2000 {
		deep = append(deep, folder("d"+strings.Repeat("/d", i)))
		if len(deep[i].name) > 99 {
			deep = deep[:i]
			break
		}
	}
	return []hostile{
		{"too many files", archive(many(100_000, func(name string) raw { return file(name, "") })...), errTreeMany},
		{"too many directories", archive(many(10_000, folder)...), errTreeMany},
		{"too many links", archive(many(10_000, func(name string) raw { return link(name, "!") })...), errTreeMany},
		{"too much in one file", archive(file("x", strings.Repeat("x", 1<<16))), errTreeLarge},
		{"too much in many", archive(many(20, func(name string) raw { return file(name, strings.Repeat("x", 4<<10)) })...), errTreeLarge},
		{"too deep", archive(deep...), errTreeDeep},
		{"too deep at once", archive(folder("a"), file("a"+strings.Repeat("/a", 45), "x")), errTreeDeep},
		{"a path that is too long", archive(pax("path="+strings.Repeat("x/", 150)+"x"), file("x", "x")), errTreeLongPath},
		{"a GNU path that is too long", archive(gnu('L', strings.Repeat("x/", 150)+"x"), file("x", "x")), errTreeLongPath},
		{"a name that is too long", archive(pax("path="+strings.Repeat("x", 256)), file("x", "x")), errTreeLongPath},
		{"a name that is just short enough", archive(pax("path="+strings.Repeat("x", 255)), file("x", "x")), nil},
		{"a megabyte of a path", archive(pax("path="+strings.Repeat("x", 1<<20-100)), file("x", "x")), errTreeLarge},
		{"an extended header of 2 MiB", archive(pax("path="+strings.Repeat("x", 2<<20)), file("x", "x")), errTreeLarge},
		{"a GNU long name of 2 MiB", archive(gnu('L', strings.Repeat("x", 2<<20)), file("x", "x")), errTreeLarge},
		{"a GNU long name that claims an exabyte", archive(raw{kind: 'L', name: "x", size: base256(0x80, 0x10, 0, 0, 0, 0, 0, 0, 0)}), io.ErrUnexpectedEOF},
		{"extended headers in a row", slice(many(200, func(string) raw { return pax("path=" + strings.Repeat("x", 16<<10)) }), endOfTar), errTreeLarge},
		{"zeroes behind the end", append(archive(), make([]byte, 16<<20)...), errTreeBehind},
		{"one byte behind the end", append(archive(), 'x'), errTreeBehind},
		{"one more empty block", append(archive(), make([]byte, 512)...), errTreeBehind},
		{"another archive behind the end", append(archive(), archive(file("../x", "x"))...), errTreeBehind},
	}
}

// cuts are archives that end early, in each region of one, and such as have a bit flipped there.
func cuts() []hostile {
	whole := archive(pax("path=a"), file("a", strings.Repeat("x", 600)), folder("d"), link("l", "a"))
	var all []hostile
	for _, at := range []struct {
		region string
		length int
		want   error
	}{
		{"everything", 0, errTreeCut},
		{"all but one byte", 1, io.ErrUnexpectedEOF},
		{"in the first header", 300, io.ErrUnexpectedEOF},
		{"before the first content", 512, io.ErrUnexpectedEOF},
		{"in the first content", 514, io.ErrUnexpectedEOF},
		{"in the padding", 600, errTreeCut},
		{"before the extended header", 1024, errTreeCut},
		{"in the extended header", 1100, io.ErrUnexpectedEOF},
		{"before the records", 1536, io.ErrUnexpectedEOF},
		{"in the records", 1540, io.ErrUnexpectedEOF},
		{"behind the records", 2048, errTreeCut},
		{"in the second header", 2300, io.ErrUnexpectedEOF},
		{"in the second content", 3000, io.ErrUnexpectedEOF},
		{"in the second padding", 3300, errTreeCut},
		{"before the directory", 3584, errTreeCut},
		{"in the directory", 3600, io.ErrUnexpectedEOF},
		{"before the link", 4096, errTreeCut},
		{"before the end", 4608, errTreeCut},
		{"in the first empty block", 4700, io.ErrUnexpectedEOF},
		{"behind the first empty block", 5120, errTreeCut},
		{"in the second empty block", 5200, io.ErrUnexpectedEOF},
	} {
		all = append(all, hostile{"cut off: " + at.region, whole[:at.length:at.length], at.want})
	}
	for _, field := range []struct {
		name string
		at   int
	}{{"name", 0}, {"mode", 100}, {"uid", 108}, {"size", 130}, {"time", 140}, {"checksum", 150}, {"kind", 156}, {"link", 157}, {"magic", 258}, {"version", 263}, {"owner", 265}, {"prefix", 345}, {"padding", 505}} {
		damaged := bytes.Clone(whole)
		damaged[2048+field.at] ^= 0x10
		all = append(all, hostile{"a bit flipped: " + field.name, damaged, tar.ErrHeader})
	}
	return append(all,
		hostile{"one empty block, then another entry", slice([]raw{file("!", "x"), {damage: func(b []byte) { clear(b) }}, file("x", "x")}, endOfTar), tar.ErrHeader},
		hostile{"a checksum of zero", archive(raw{kind: tar.TypeReg, name: "x", damage: func(b []byte) { copy(b[148:], "0000000\x00") }}), tar.ErrHeader},
		hostile{"a checksum that is no number", archive(raw{kind: tar.TypeReg, name: "x", damage: func(b []byte) { copy(b[148:], "????????") }}), tar.ErrHeader})
}

// strangers are no tars, or tars in something else.
func strangers() []hostile {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(make([]byte, 64<<20)) // a bomb of 64 KiB
	_ = w.Close()
	return []hostile{
		{"a compressed bomb", packed.Bytes(), tar.ErrHeader},
		{"a zip", append([]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), bytes.Repeat([]byte("x"), 1024)...), tar.ErrHeader},
		{"a short zip", []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), io.ErrUnexpectedEOF},
		{"zstd", append([]byte("\x28\xb5\x2f\xfd"), bytes.Repeat([]byte("x"), 1024)...), tar.ErrHeader},
		{"an ar", append([]byte("!<arch>\n"), bytes.Repeat([]byte(" "), 1024)...), tar.ErrHeader},
		{"cpio", []byte("070701" + strings.Repeat("0", 1024)), tar.ErrHeader},
		{"text", []byte(strings.Repeat("no tar at all\n", 100)), tar.ErrHeader},
		{"every bit set", bytes.Repeat([]byte{0xff}, 2048), tar.ErrHeader},
		{"zeroes alone", make([]byte, 1<<20), errTreeBehind},
		{"one empty block alone", make([]byte, 512), errTreeCut},
		{"an empty tree", make([]byte, 1024), nil},
	}
}
