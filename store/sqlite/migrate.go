package sqlite

import (
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// applicationID marks a database file as a store's; the first migration sets it.
const applicationID = 0x504e534b

const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
`

// migration is one file: 001_state.sql. What is in it never changes once it was released.
type migration struct {
	version int64
	name    string
	text    string
}

func migrations() ([]migration, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	all := make([]migration, len(names))
	for i, name := range names {
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		number, rest, _ := strings.Cut(strings.TrimPrefix(name, "migrations/"), "_")
		if version, err := strconv.Atoi(number); err != nil || version != i+1 {
			return nil, fmt.Errorf("%s is not migration %03d", name, i+1)
		}
		all[i] = migration{int64(i + 1), strings.TrimSuffix(rest, ".sql"), string(text)}
	}
	return all, nil
}

// Schema is the SQL that makes the schema, for people to read and for tools that want to make it themselves: each migration in order, which Open
// runs in a transaction of its own and notes in schema_migrations.
func Schema() string {
	all, err := migrations()
	if err != nil {
		return "-- " + err.Error() + "\n"
	}
	var out strings.Builder
	out.WriteString(migrationsTable)
	for _, m := range all {
		fmt.Fprintf(&out, "\n-- Migration %03d: %s\n\n%s", m.version, m.name, m.text)
	}
	return out.String()
}

// identify answers the schema's version, 0 for a new file, and refuses what is not a store or is newer than this program. It changes nothing.
func identify(conn driver.Conn, newest int64) (version int64, err error) {
	id, err := answer(conn, "PRAGMA application_id")
	if err != nil {
		return 0, err
	}
	tables, err := answer(conn, "SELECT count(*) FROM sqlite_schema")
	switch {
	case err != nil:
		return 0, err
	case tables == int64(0) && id == int64(0):
		return 0, nil
	case id != int64(applicationID):
		return 0, errors.New("it is a database of some other program; choose another directory")
	}
	got, err := answer(conn, "SELECT max(version) FROM schema_migrations")
	if err != nil {
		return 0, err
	}
	version, _ = got.(int64)
	if version > newest {
		return 0, fmt.Errorf("its schema is version %d, made by a newer Penstock; this one knows up to %d: use the newer one; nothing was changed", version, newest)
	}
	return version, nil
}

// migrate runs the migrations that are missing, each in a transaction.
func migrate(conn driver.Conn, at int64) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	version, err := identify(conn, int64(len(all)))
	if err != nil {
		return err
	}
	for _, m := range all[version:] {
		if err := m.run(conn, at); err != nil {
			return errors.Join(fmt.Errorf("migration %03d (%s): %w", m.version, m.name, err), execute(conn, "ROLLBACK"))
		}
	}
	return nil
}

func (m migration) run(conn driver.Conn, at int64) error {
	script := "BEGIN IMMEDIATE;\n" + migrationsTable + m.text
	for part := range strings.SplitSeq(script, ";\n") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		if err := execute(conn, part); err != nil {
			return err
		}
	}
	if err := execute(conn, "INSERT INTO schema_migrations (version, name, at) VALUES (?, ?, ?)", m.version, m.name, at); err != nil {
		return err
	}
	return execute(conn, "COMMIT")
}
