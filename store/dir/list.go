package dir

import (
	"context"
	"errors"
	"io/fs"

	"github.com/penstock-dev/penstock/store"
)

// List implements store.ArtifactStore. It keeps no more in memory than a page and the names in one of 256 directories.
func (a *Artifacts) List(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	limit = store.PageLimit(limit)
	shards, err := sortedNames(a.root, contents)
	if err != nil {
		return nil, fault(a.root, "list artifacts", err)
	}
	var page []store.Blob
	for _, shard := range shards {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(shard) != 2 || after >= contents+":"+shard+"g" { // g is behind every digit
			continue
		}
		if page, err = a.listShard(page, shard, after, limit); err != nil {
			return nil, fault(a.root, "list artifacts", err)
		}
		if len(page) == limit {
			break
		}
	}
	return page, ctx.Err()
}

func (a *Artifacts) listShard(page []store.Blob, shard, after string, limit int) ([]store.Blob, error) {
	names, err := sortedNames(a.root, contents+"/"+shard)
	for _, name := range names {
		digest := contents + ":" + shard + name
		if digest <= after || store.CheckDigest(digest) != nil {
			continue
		}
		info, err := a.root.Lstat(contents + "/" + shard + "/" + name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted meanwhile
		}
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if page = append(page, describe(digest, info)); len(page) == limit {
			break
		}
	}
	return page, err
}
