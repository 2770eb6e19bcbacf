-- What people say about how long a study is kept, and what was deleted (docs/decisions/0023).

-- Rows are only added; the newest 'class' and the newest of 'hold' and 'unhold' count. A study is meant with all its patients.
CREATE TABLE study_marks (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    person    TEXT NOT NULL,          -- of the operating system
    site      TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    verb      TEXT NOT NULL,
    value     TEXT NOT NULL,          -- outpatient, inpatient; or the reason
    CHECK (verb IN ('class', 'hold', 'unhold'))
) STRICT;
CREATE INDEX marks_of_study ON study_marks (site, study_uid);

-- Deletions, written before anything goes: one row a study. 'removal' is the number that the archive gives it; whether it was given
-- says after a restart whether it happened.
CREATE TABLE deletions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    person    TEXT NOT NULL,
    reason    TEXT NOT NULL,
    cause     TEXT NOT NULL,          -- delete, purge
    removal   INTEGER NOT NULL,
    site      TEXT NOT NULL,
    study_uid TEXT NOT NULL,
    part      INTEGER NOT NULL,
    task      INTEGER,                -- its reading task, where it had one
    objects   INTEGER NOT NULL,
    done      INTEGER NOT NULL DEFAULT 0,
    CHECK (cause IN ('delete', 'purge'))
) STRICT;
CREATE INDEX deletions_not_done ON deletions (done) WHERE done = 0;

ALTER TABLE tasks ADD COLUMN deleted_at INTEGER; -- its images were deleted
CREATE INDEX tasks_deleted ON tasks (deleted_at) WHERE deleted_at IS NOT NULL;
