-- What was deleted (docs/decisions/0023): how far the archive's removals have been followed, and the largest receipt that went, which
-- no series tells of any more. One row.
CREATE TABLE removed (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    removals      INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL
);
INSERT INTO removed (id, removals, last_sequence) VALUES (1, 0, 0);
