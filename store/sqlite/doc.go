// Package sqlite answers one question: how is state kept in one directory of one machine, so that it outlives kill -9 and power loss?
//
// [Open] takes a directory, keeps it for itself until [Store.Close], and holds in it penstock.db (a SQLite database in WAL mode, with
// -wal and -shm beside it while it is open) and lock. The store is exclusive: it is for one process, which may run any number of
// engines on it. Several processes need another driver.
//
// # Durability
//
// Commit answers nil once its transaction has been synced to the disk (synchronous = FULL), and a power loss takes nothing of it
// back. Calls that come while another one syncs are done together in the next transaction, so that many goroutines pay for one
// sync. Checkpoints run beside the commits. After an I/O error or on a full disk nothing is half done: the answer is "unknown", the
// writing connection is opened anew from what is on the disk, and all goes on once there is room (errors.Is [store.ErrFull]).
//
// What syncing costs is the file system's matter; with the default driver sqlite.Fdatasync(true) of modernc.org/sqlite, a
// switch of the whole process, makes it cheaper on Linux and no less durable.
//
// # What the directory must be
//
// A local file system: a WAL needs shared memory and locks that network file systems do not keep (they are refused, see
// Options.AllowNetworkFS). The files belong to the store: copying penstock.db alone while it is open, or opening and closing it in the
// same process other than through SQLite, corrupts it. [Store.Backup] makes a copy at any time.
//
// # Growth
//
// History and expired records go with [Store.Prune], which somebody has to call; a lease that ended and owns nothing gives its row
// to the next; streams, snapshots and migrations are one row each. Pages that become free are used again; the file does not shrink.
//
// # Schema
//
// [Schema] is the SQL of all tables, one embedded file a migration. Open brings an older directory up to date and refuses a newer one.
package sqlite
