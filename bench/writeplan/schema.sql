-- One row a stream, overwritten in place at every commit: nothing of any size lives here, and no index covers `last`.
-- The newest segment holds the head's token and version; comparing `last` compares the token, for a pos is never used twice.
CREATE TABLE streams (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
  last INTEGER NOT NULL,           -- segments.pos of the newest segment, 0 before the first; never pruned
  owner TEXT, wake INTEGER);
CREATE INDEX streams_wake  ON streams(wake)  WHERE wake  IS NOT NULL;
CREATE INDEX streams_owner ON streams(owner) WHERE owner IS NOT NULL;

CREATE TABLE snapshots (stream INTEGER PRIMARY KEY, version INTEGER NOT NULL, data BLOB NOT NULL);

-- One row a stream a commit, appended: pos is the order of the global feed (SQLite has one writer, hence one lane).
-- A stream's segments are chained newest to oldest through prev; Load walks from streams.last back to the snapshot.
CREATE TABLE segments (
  pos INTEGER PRIMARY KEY, stream INTEGER NOT NULL, first INTEGER NOT NULL, n INTEGER NOT NULL, prev INTEGER NOT NULL,
  body BLOB NOT NULL);             -- commit id (16 bytes), time, hash chain, events
-- Only segments with a version that 64 divides: a page of a stream's feed finds the next of them and walks back from it.
CREATE INDEX segments_mark ON segments(stream, first) WHERE first/64 <> (first+n)/64;

-- A rowid table: rows of kilobytes are appended, and only the narrow index is ordered by group.
CREATE TABLE records (
  seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, grp TEXT NOT NULL, id TEXT NOT NULL, expires INTEGER,
  keys BLOB,                       -- the record's keys, so that a rewrite or a delete finds them without an index
  data BLOB NOT NULL);
CREATE UNIQUE INDEX records_ref ON records(kind, grp, id);
CREATE INDEX records_expires ON records(expires) WHERE expires IS NOT NULL;
-- id before grp: the records of one key are listed by id across groups.
CREATE TABLE keys (
  kind TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, id TEXT NOT NULL, grp TEXT NOT NULL,
  PRIMARY KEY (kind, name, value, id, grp)) WITHOUT ROWID;

CREATE TABLE leases (
  name TEXT PRIMARY KEY, fence INTEGER NOT NULL, data BLOB, expires INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL);
