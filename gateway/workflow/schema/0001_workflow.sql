-- workflow.db, schema 1. Times are milliseconds since 1970 in UTC. Nothing here can be rebuilt from elsewhere.

-- Counters: 'change' numbers every visible change of a task (event streams), 'caught-up' is the index sequence reached.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT;
INSERT INTO counters (name, value) VALUES ('change', 0), ('caught-up', 0);

-- People who sign in.
CREATE TABLE users (
    name          TEXT PRIMARY KEY,
    display_name  TEXT NOT NULL,
    role          TEXT NOT NULL,
    site          TEXT,                       -- for the role 'site'
    password_hash TEXT NOT NULL,              -- scrypt
    disabled      INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
) STRICT;

-- Who is signed in; the token itself is not kept.
CREATE TABLE sessions (
    token_hash TEXT PRIMARY KEY,              -- SHA-256, hex
    user       TEXT NOT NULL REFERENCES users (name),
    begun_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of_user ON sessions (user);

-- One row a study and site: the reading list. What is known of the study is copied from the index when images arrive.
CREATE TABLE tasks (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    site              TEXT NOT NULL,
    study_uid         TEXT NOT NULL,
    state             TEXT NOT NULL,
    patient_name      TEXT NOT NULL,
    patient_id        TEXT NOT NULL,
    sex               TEXT NOT NULL,
    birth_date        TEXT NOT NULL,
    age               TEXT NOT NULL,
    modalities        TEXT NOT NULL,
    body_part         TEXT NOT NULL,
    description       TEXT NOT NULL,
    accession_number  TEXT NOT NULL,
    study_date        TEXT NOT NULL,
    study_time        TEXT NOT NULL,
    received_at       INTEGER NOT NULL,       -- first object
    last_received_at  INTEGER NOT NULL,       -- newest object that a station did not make
    series            INTEGER NOT NULL,
    instances         INTEGER NOT NULL,       -- without what stations made
    study_conflict    INTEGER NOT NULL,
    version_conflict  INTEGER NOT NULL,
    claimed_by        TEXT REFERENCES users (name),
    claimed_at        INTEGER,
    active_at         INTEGER,                -- the holder's newest sign of work
    report_sr_uid     TEXT NOT NULL DEFAULT '',
    report_pdf_uid    TEXT NOT NULL DEFAULT '',
    issued_at         INTEGER,
    delivered_at      INTEGER,
    delivery_note     TEXT NOT NULL DEFAULT '',
    change            INTEGER NOT NULL,       -- number of the newest visible change
    UNIQUE (site, study_uid)
) STRICT;
CREATE INDEX tasks_by_receipt ON tasks (received_at);
CREATE INDEX tasks_by_state ON tasks (state, received_at);
CREATE INDEX tasks_by_change ON tasks (change);

-- Every state a task was in, who brought it there and why.
CREATE TABLE task_history (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    task   INTEGER NOT NULL REFERENCES tasks (id),
    at     INTEGER NOT NULL,
    state  TEXT NOT NULL,
    person TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX history_of_task ON task_history (task);

-- The text being written; stays when a claim ends.
CREATE TABLE drafts (
    task           INTEGER PRIMARY KEY REFERENCES tasks (id),
    findings       TEXT NOT NULL,
    impression     TEXT NOT NULL,
    recommendation TEXT NOT NULL,
    revision       INTEGER NOT NULL,
    saved_at       INTEGER NOT NULL,
    saved_by       TEXT NOT NULL REFERENCES users (name)
) STRICT;

-- Issued reports, every version.
CREATE TABLE reports (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    task           INTEGER NOT NULL REFERENCES tasks (id),
    version        INTEGER NOT NULL,
    sr_uid         TEXT NOT NULL UNIQUE,
    pdf_uid        TEXT NOT NULL UNIQUE,
    findings       TEXT NOT NULL,
    impression     TEXT NOT NULL,
    recommendation TEXT NOT NULL,
    author         TEXT NOT NULL REFERENCES users (name),
    author_name    TEXT NOT NULL,             -- as it was when it was issued
    signed_at      INTEGER NOT NULL,
    issued_at      INTEGER NOT NULL,
    released       INTEGER NOT NULL DEFAULT 0, -- 1: the index was told to show SR and PDF to the site
    UNIQUE (task, version)
) STRICT;
CREATE INDEX reports_not_released ON reports (released) WHERE released = 0;

-- The outbox: one row a report and destination.
CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    report          INTEGER NOT NULL REFERENCES reports (id),
    destination     TEXT NOT NULL,            -- AE title of a [[peer]]
    state           TEXT NOT NULL,            -- waiting, delivered, given-up
    attempts        INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    patience_from   INTEGER NOT NULL,         -- giving up is reckoned from here
    next_attempt_at INTEGER,
    last_attempt_at INTEGER,
    finished_at     INTEGER,
    outcome         TEXT NOT NULL DEFAULT '',
    UNIQUE (report, destination)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (destination, next_attempt_at) WHERE state = 'waiting';
