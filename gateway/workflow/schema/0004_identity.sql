-- Schema 4: who is who (docs/decisions/0014). A study may hold several patients, and each has a task of its own, so the table of
-- tasks is made anew with another key.
CREATE TABLE tasks_of_parts (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    site              TEXT NOT NULL,
    study_uid         TEXT NOT NULL,
    part              INTEGER NOT NULL DEFAULT 0, -- which patient of that study at that site: 0 is who came first
    state             TEXT NOT NULL,
    patient_name      TEXT NOT NULL,
    patient_id        TEXT NOT NULL,
    variant           INTEGER NOT NULL DEFAULT 0, -- which person under that Patient ID
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
    identity_conflict INTEGER NOT NULL DEFAULT 0,  -- another person is known under this Patient ID at this site
    split_study       INTEGER NOT NULL DEFAULT 0,  -- the study holds another patient
    linked_sites      TEXT NOT NULL DEFAULT '',    -- ids of other sites that know the same person, joined by '\'
    claimed_by        TEXT REFERENCES users (name),
    claimed_at        INTEGER,
    active_at         INTEGER,                -- the holder's newest sign of work
    report_sr_uid     TEXT NOT NULL DEFAULT '',
    report_pdf_uid    TEXT NOT NULL DEFAULT '',
    issued_at         INTEGER,
    delivered_at      INTEGER,
    delivery_note     TEXT NOT NULL DEFAULT '',
    change            INTEGER NOT NULL,       -- number of the newest visible change
    stat              INTEGER NOT NULL DEFAULT 0,
    stat_seen         INTEGER NOT NULL DEFAULT 0, -- up to which object of the index that was taken over
    UNIQUE (site, study_uid, part)
) STRICT;
INSERT INTO tasks_of_parts (id, site, study_uid, state, patient_name, patient_id, sex, birth_date, age, modalities, body_part,
    description, accession_number, study_date, study_time, received_at, last_received_at, series, instances, study_conflict,
    version_conflict, claimed_by, claimed_at, active_at, report_sr_uid, report_pdf_uid, issued_at, delivered_at, delivery_note, change,
    stat, stat_seen)
SELECT id, site, study_uid, state, patient_name, patient_id, sex, birth_date, age, modalities, body_part, description, accession_number,
    study_date, study_time, received_at, last_received_at, series, instances, study_conflict, version_conflict, claimed_by, claimed_at,
    active_at, report_sr_uid, report_pdf_uid, issued_at, delivered_at, delivery_note, change, stat, stat_seen
FROM tasks;
DROP TABLE tasks;
ALTER TABLE tasks_of_parts RENAME TO tasks;
CREATE INDEX tasks_by_receipt ON tasks (received_at);
CREATE INDEX tasks_by_state ON tasks (state, received_at);
CREATE INDEX tasks_by_change ON tasks (change);
CREATE INDEX tasks_by_patient ON tasks (patient_id, site, identity_conflict);

-- Everything is looked at again: studies may have more parts than tasks. 'identities' is the index sequence up to which it was looked
-- who is who.
UPDATE counters SET value = 0 WHERE name = 'caught-up';
INSERT INTO counters (name, value) VALUES ('identities', 0);

-- What people decided about two patients being one person. Nothing is changed or removed: the newest row of a pair holds. A patient is
-- named by what the data sets say: 'I' and the Patient ID or 'S' and the Study Instance UID, and the variant. first < second.
CREATE TABLE identity_decisions (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    person          TEXT NOT NULL,  -- who decided
    verb            TEXT NOT NULL,  -- link, unlink, merge, unmerge
    first_site      TEXT NOT NULL,
    first_identity  TEXT NOT NULL,
    first_variant   INTEGER NOT NULL,
    second_site     TEXT NOT NULL,
    second_identity TEXT NOT NULL,
    second_variant  INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    before          TEXT NOT NULL,  -- what held until then, in words, with what was known of the two
    after           TEXT NOT NULL,  -- one: one person; two: two persons; open: nobody says
    CHECK (after IN ('one', 'two', 'open'))
) STRICT;
CREATE INDEX decisions_by_first ON identity_decisions (first_identity, first_site, first_variant);
CREATE INDEX decisions_by_second ON identity_decisions (second_identity, second_site, second_variant);

-- Who saw national IDs in full on the command line.
CREATE TABLE reveals (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    person  TEXT NOT NULL, -- of the operating system
    command TEXT NOT NULL
) STRICT;
