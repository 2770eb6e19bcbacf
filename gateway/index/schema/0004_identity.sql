-- Several persons under one Patient ID, and several patients in one study (docs/decisions/0014). What the former tables held goes; the
-- next start takes it in again from the archive. `released` stays as it is.

DROP TABLE run;
DROP TABLE sop_instance;
DROP TABLE shared;
DROP TABLE series;
DROP TABLE study_name;
DROP TABLE study;
DROP TABLE patient;

-- A person as one site knows it: patient IDs of two sites have nothing to do with each other. Under one Patient ID there is a row
-- for each person whose name, sex or birth date disagrees with those who were there before.
CREATE TABLE patient (
    id          INTEGER PRIMARY KEY,
    site        TEXT NOT NULL,
    identity    TEXT NOT NULL,    -- 'I' and the Patient ID, or 'S' and the Study Instance UID where there is no Patient ID
    variant     INTEGER NOT NULL, -- 0: who came first
    patient_id  TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    name        TEXT NOT NULL,
    birth_date  TEXT NOT NULL,
    sex         TEXT NOT NULL,
    -- What newcomers are compared with (person.h): of each the first that was known, so that a person cannot drift.
    known_hanzi    TEXT NOT NULL,
    known_latin    TEXT NOT NULL,
    known_birth    TEXT NOT NULL,
    known_sex      TEXT NOT NULL,
    national_id    TEXT NOT NULL, -- valid, 18 characters; '' where none is known
    unusable_id    TEXT NOT NULL  -- looks like a national ID and is none
);
-- Also how studies are found by Patient ID.
CREATE UNIQUE INDEX patient_identity ON patient (identity, site, variant);
CREATE INDEX patient_national_id ON patient (national_id) WHERE national_id <> '';
CREATE INDEX patient_unusable_id ON patient (unusable_id) WHERE unusable_id <> '';

-- A study as one site sent it, with its own copy of the demographics as they were received. One for each site, uid and patient.
CREATE TABLE study (
    id               INTEGER PRIMARY KEY,
    patient          INTEGER NOT NULL REFERENCES patient,
    site             TEXT NOT NULL,
    uid              TEXT NOT NULL,
    uid_key          INTEGER NOT NULL, -- uidKey() of it
    part             INTEGER NOT NULL, -- which patient of that uid at that site: 0 is who came first
    patient_name     TEXT NOT NULL,
    patient_id       TEXT NOT NULL,
    issuer           TEXT NOT NULL,
    birth_date       TEXT NOT NULL,
    sex              TEXT NOT NULL,
    age              TEXT NOT NULL,
    date             TEXT NOT NULL,
    time             TEXT NOT NULL,
    accession        TEXT NOT NULL,
    study_id         TEXT NOT NULL,
    description      TEXT NOT NULL,
    referring        TEXT NOT NULL,
    charset_declared TEXT NOT NULL, -- Specific Character Set as sent, and how the text was really read
    charset_used     TEXT NOT NULL,
    charset_rule     INTEGER NOT NULL,
    charset_certain  INTEGER NOT NULL,
    first_received   INTEGER NOT NULL,
    site_conflict    INTEGER NOT NULL DEFAULT 0, -- another site holds the same Study Instance UID
    version_conflict INTEGER NOT NULL DEFAULT 0, -- an object came again with other content
    split            INTEGER NOT NULL DEFAULT 0, -- there are more parts
    stat             INTEGER NOT NULL DEFAULT 0  -- sequence of the last object that came as urgent; 0: none did
);
CREATE INDEX study_uid_key ON study (uid_key);
CREATE INDEX study_patient ON study (patient);
CREATE INDEX study_date ON study (date);
CREATE INDEX study_accession ON study (accession);
CREATE INDEX study_shared ON study (uid) WHERE split = 1 OR site_conflict = 1;

-- The component groups of a study's patient name (alphabetic 0, ideographic 1, phonetic 2), ASCII letters in lower case and without
-- trailing '^', for searching.
CREATE TABLE study_name (
    text     TEXT NOT NULL,
    position INTEGER NOT NULL,
    study    INTEGER NOT NULL,
    PRIMARY KEY (text, position, study)
) WITHOUT ROWID;

-- A series, with what changes whenever an instance of it comes. One for each study and uid.
CREATE TABLE series (
    id            INTEGER PRIMARY KEY,
    study         INTEGER NOT NULL REFERENCES study,
    uid           TEXT NOT NULL,
    uid_key       INTEGER NOT NULL, -- uidKey() of it
    number        TEXT NOT NULL,
    description   TEXT NOT NULL,
    modality      TEXT NOT NULL,
    body_part     TEXT NOT NULL,
    laterality    TEXT NOT NULL,
    date          TEXT NOT NULL,
    time          TEXT NOT NULL,
    protocol      TEXT NOT NULL,
    station       TEXT NOT NULL,
    institution   TEXT NOT NULL,
    manufacturer  TEXT NOT NULL,
    instances     INTEGER NOT NULL DEFAULT 0, -- newest versions
    released      INTEGER NOT NULL DEFAULT 0, -- of these, how many a site may see
    images        INTEGER NOT NULL DEFAULT 0, -- of these, how many did not come from a reading station
    last_received INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL            -- of all series together: how far the receipts have been taken in
);
CREATE INDEX series_study ON series (study);
CREATE INDEX series_uid_key ON series (uid_key);
CREATE INDEX series_last_sequence ON series (last_sequence);

-- What many instances have in common.
CREATE TABLE shared (
    id              INTEGER PRIMARY KEY,
    sop_class       TEXT NOT NULL,
    transfer_syntax TEXT NOT NULL,
    rows            TEXT NOT NULL,
    columns         TEXT NOT NULL,
    frames          TEXT NOT NULL,
    image_type      TEXT NOT NULL,
    origin          INTEGER NOT NULL, -- 0 site, 1 station, 2 import
    person          TEXT NOT NULL,
    calling_ae      TEXT NOT NULL,
    called_ae       TEXT NOT NULL,
    address         TEXT NOT NULL,
    charset         TEXT NOT NULL,
    UNIQUE (sop_class, transfer_syntax, rows, columns, frames, image_type, origin, person, calling_ae, called_ae, address, charset)
);

-- Up to sixteen instances of a series, one after the other, each with the receipt that the archive keeps of it; instances_of() reads
-- them as rows (instance_run.h).
CREATE TABLE run (
    id     INTEGER PRIMARY KEY, -- sequence of the first receipt
    series INTEGER NOT NULL REFERENCES series,
    packed BLOB NOT NULL
);
CREATE INDEX run_series ON run (series);

-- In which runs to look for a SOP Instance UID: uidKey() of it.
CREATE TABLE sop_instance (
    key INTEGER NOT NULL,
    run INTEGER NOT NULL,
    PRIMARY KEY (key, run)
) WITHOUT ROWID;
