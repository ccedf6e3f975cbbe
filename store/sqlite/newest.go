package sqlite

import (
	"database/sql/driver"

	"github.com/penstock-dev/penstock/store"
)

// group is where the IDs of records are in an order: most new ones come behind all that are there.
type group struct{ kind, name string }

const readNewest = "SELECT max(id) FROM records WHERE kind = ? AND grp = ?"

// isNew reports whether a record comes behind all that its group has or ever had, so that none of its name need be looked for.
func (w *writer) isNew(ref store.Ref) (bool, error) {
	g := group{ref.Kind, ref.Group}
	newest, known := w.newest[g]
	if known {
		return ref.ID > newest, nil
	}
	err := w.query(readNewest, func(row []driver.Value) error { return scan(row, &newest) }, ref.Kind, ref.Group)
	if err != nil {
		return false, err
	}
	w.newest[g] = newest
	return ref.ID > newest, nil
}

// noteNew remembers a record that is put.
func (w *writer) noteNew(ref store.Ref) {
	if g := (group{ref.Kind, ref.Group}); ref.ID > w.newest[g] {
		w.newest[g] = ref.ID
	}
}
