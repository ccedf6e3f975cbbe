-- What every commit changes of a stream stands in a narrow table without an index: a row is written over where it lies, and a hundred are on two
-- pages.

CREATE TABLE heads (
  stream  INTEGER PRIMARY KEY,      -- streams.id
  token   BLOB,                     -- id of the newest commit
  version INTEGER,                  -- of the newest event
  last    INTEGER                   -- segments.pos of the newest commit, also when that has been pruned
) STRICT;
-- None is ever NULL. If that were declared, a statement of several rows could fail half-way, and SQLite would keep a copy of each page to undo it.

INSERT INTO heads (stream, token, version, last) SELECT id, token, version, last FROM streams;

ALTER TABLE streams DROP COLUMN token;

ALTER TABLE streams DROP COLUMN version;

ALTER TABLE streams DROP COLUMN last;
