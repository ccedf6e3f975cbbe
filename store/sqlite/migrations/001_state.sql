-- Streams, records, leases and the feed of one Penstock store. Times are microseconds since 1970 UTC.

-- Marks the file as ours ("PNSK"), so that no other database is taken for a store.
PRAGMA application_id = 1347310411;

-- One row a stream, overwritten in place at every commit; owner and wake, which the indexes are about, seldom change.
CREATE TABLE streams (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  token   BLOB NOT NULL,            -- id of the newest commit
  version INTEGER NOT NULL,         -- of the newest event
  last    INTEGER NOT NULL,         -- segments.pos of the newest commit, also when that has been pruned
  owner   TEXT,                     -- name of a lease
  wake    INTEGER
) STRICT;

-- A stream is in one of these two at most. They are in the order in which Due answers.
CREATE INDEX streams_free ON streams (wake, name) WHERE owner IS NULL AND wake IS NOT NULL;

CREATE INDEX streams_owner ON streams (owner, wake, name) WHERE owner IS NOT NULL;

-- The newest snapshot of a stream.
CREATE TABLE snapshots (
  stream  INTEGER PRIMARY KEY,      -- streams.id
  version INTEGER NOT NULL,         -- of the last event that it covers
  data    BLOB NOT NULL
) STRICT;

-- What one commit appended to one stream. Rows are only ever added at the end: pos is the order of the feed of all streams, is
-- never used twice, and at never goes down. Those of one stream are chained from the newest back.
CREATE TABLE segments (
  pos     INTEGER PRIMARY KEY,
  stream  INTEGER NOT NULL,         -- streams.id
  first   INTEGER NOT NULL,         -- version of the first event
  n       INTEGER NOT NULL,         -- number of events
  prev    INTEGER NOT NULL,         -- segments.pos of the commit before in the stream, 0 for the first
  at      INTEGER NOT NULL,
  id      BLOB NOT NULL,            -- of the commit
  events  BLOB NOT NULL             -- 0x01, then for each event the length of kind, kind, the length of data, data; lengths as varint
) STRICT;

-- Only the segments that hold version 1, 65, 129 and so on: from the next of them a page of a stream's feed walks back.
CREATE INDEX segments_mark ON segments (stream, first) WHERE (first + 62) / 64 <> (first + n + 62) / 64;

-- Records are added at the end; only the narrow index is in the order of group and id.
CREATE TABLE records (
  seq     INTEGER PRIMARY KEY,
  kind    TEXT NOT NULL,
  grp     TEXT NOT NULL,
  id      TEXT NOT NULL,
  expires INTEGER,
  keys    BLOB,                     -- name, 0x00, value, 0x00, name …; NULL: none
  data    BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX records_ref ON records (kind, grp, id);

CREATE INDEX records_expires ON records (expires) WHERE expires IS NOT NULL;

-- One row a key of a record.
CREATE TABLE keys (
  kind    TEXT NOT NULL,
  name    TEXT NOT NULL,
  value   TEXT NOT NULL,
  grp     TEXT NOT NULL,
  id      TEXT NOT NULL,
  seq     INTEGER NOT NULL,         -- records.seq
  PRIMARY KEY (kind, name, value, grp, id)
) STRICT, WITHOUT ROWID;

-- A lease that has ended and owns no stream gives its row, and with it its lane, to the next name.
CREATE TABLE leases (
  lane    INTEGER PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  fence   INTEGER NOT NULL,         -- no two leases ever had the same one
  at      INTEGER NOT NULL,         -- when it was last taken, renewed or ended
  expires INTEGER NOT NULL,
  data    BLOB
) STRICT;

-- What pruning leaves behind: one row.
CREATE TABLE feed (
  id      INTEGER PRIMARY KEY CHECK (id = 0),
  pruned  INTEGER NOT NULL,         -- the greatest segments.pos that is gone
  at      INTEGER NOT NULL          -- the store's clock then
) STRICT;

INSERT INTO feed (id, pruned, at) VALUES (0, 0, 0);
