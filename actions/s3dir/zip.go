package s3dir

import (
	"archive/zip"
	"context"
	"io"
	"io/fs"
	"os"
	"time"
)

// epoch is the time of all that is packed: the oldest that a ZIP knows.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// pack writes a directory as a ZIP that depends on nothing but names, permissions and content.
func pack(ctx context.Context, tree *os.Root, to io.Writer) error {
	out := zip.NewWriter(to)
	err := fs.WalkDir(tree.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return packEntry(ctx, tree, out, name, info)
	})
	if err != nil {
		return err
	}
	return out.Close()
}

func packEntry(ctx context.Context, tree *os.Root, out *zip.Writer, name string, info fs.FileInfo) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch}
	header.SetMode(info.Mode())
	if info.IsDir() {
		header.Name, header.Method = name+"/", zip.Store
	}
	to, err := out.CreateHeader(header)
	switch {
	case err != nil || info.IsDir():
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		target, err := tree.Readlink(name)
		if err == nil {
			_, err = io.WriteString(to, target)
		}
		return err
	}
	from, err := tree.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = io.Copy(to, &reader{ctx, from})
	return err
}
