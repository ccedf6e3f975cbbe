-- Fewer segments are marked: those that hold version 1, 257, 513 and so on. Each mark dirties a page of its stream's own, in every commit that has
-- one; a page of a stream's feed walks back at most that far.

DROP INDEX segments_mark;

CREATE INDEX segments_mark ON segments (stream, first) WHERE (first + 254) / 256 <> (first + n + 254) / 256;
