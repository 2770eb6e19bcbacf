-- Lists of what has been kept long enough, and who confirmed them. The list itself is the file; its digest names it.
CREATE TABLE purges (
    digest      TEXT PRIMARY KEY,     -- SHA-256 of the list, hex
    made_at     INTEGER NOT NULL,
    made_by     TEXT NOT NULL,        -- of the operating system
    as_of       INTEGER NOT NULL,     -- what was kept long enough at that time
    list        TEXT NOT NULL,
    executed_at INTEGER
) STRICT;

CREATE TABLE purge_confirmations (
    digest TEXT NOT NULL REFERENCES purges (digest),
    person TEXT NOT NULL REFERENCES users (name),
    at     INTEGER NOT NULL,
    PRIMARY KEY (digest, person)
) STRICT;
