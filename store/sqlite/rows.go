package sqlite

import (
	"context"
	"database/sql/driver"
	"strings"
)

// rows collects the rows that one transaction gives to one statement, and runs it in as few pieces as it can: each piece is a
// statement for 1, 2, 4 … 128 rows, prepared when it is first needed.
type rows struct {
	before, after string // around (?, …), (?, …)
	columns       int
	prepared      [8]statement // for 1 << i rows
	args          []driver.NamedValue
}

func (r *rows) add(values ...driver.Value) {
	for _, v := range values {
		r.args = append(r.args, driver.NamedValue{Value: v})
	}
}

// exec runs the statement with all that was added, and answers how many rows were changed.
func (r *rows) exec(conn driver.Conn) (affected int64, err error) {
	err = r.pieces(conn, func(s statement, args []driver.NamedValue) error {
		n, err := exec(s, args)
		affected += n
		return err
	})
	return affected, err
}

// query asks the statement with all that was added.
func (r *rows) query(conn driver.Conn, each func(row []driver.Value) error) error {
	return r.pieces(conn, func(s statement, args []driver.NamedValue) error {
		return queryNamed(context.Background(), s, each, args)
	})
}

func (r *rows) pieces(conn driver.Conn, run func(statement, []driver.NamedValue) error) error {
	rest := r.args
	defer func() {
		clear(r.args) // what was written need not be kept
		r.args = r.args[:0]
	}()
	for i := len(r.prepared) - 1; i >= 0; i-- {
		for width := r.columns << i; len(rest) >= width; rest = rest[width:] {
			if r.prepared[i] == nil {
				s, err := prepare(conn, r.text(1<<i))
				if err != nil {
					return err
				}
				r.prepared[i] = s
			}
			piece := rest[:width]
			for k := range piece {
				piece[k].Ordinal = k + 1
			}
			if err := run(r.prepared[i], piece); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *rows) text(n int) string {
	row := "(" + strings.Repeat("?,", r.columns-1) + "?)"
	return r.before + strings.Repeat(row+",", n-1) + row + r.after
}

func (r *rows) close() (err error) {
	for _, s := range r.prepared {
		if s != nil && err == nil {
			err = s.Close()
		}
	}
	return err
}
