-- The index as of the first version. Everything here comes from the archive's receipts and the headers of its files; it may be
-- deleted at any time and is built again from them (archive reindex). Text is UTF-8; times of ours are milliseconds since 1970 UTC.

-- How far the receipts of the archive have been taken in.
CREATE TABLE applied (
    sequence INTEGER NOT NULL
);
INSERT INTO applied VALUES (0);

-- A person as one site knows it: patient IDs of two sites have nothing to do with each other.
CREATE TABLE patient (
    id         INTEGER PRIMARY KEY,
    site       TEXT NOT NULL,
    identity   TEXT NOT NULL,   -- 'I' and the Patient ID, or 'S' and the Study Instance UID where there is no Patient ID
    patient_id TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    name       TEXT NOT NULL,
    birth_date TEXT NOT NULL,
    sex        TEXT NOT NULL,
    UNIQUE (site, identity)
);

-- A study as one site sent it, with its own copy of the demographics as they were received.
CREATE TABLE study (
    id               INTEGER PRIMARY KEY,
    patient          INTEGER NOT NULL REFERENCES patient,
    site             TEXT NOT NULL,
    uid              TEXT NOT NULL,
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
    last_received    INTEGER NOT NULL,
    last_sequence    INTEGER NOT NULL,
    site_conflict    INTEGER NOT NULL DEFAULT 0, -- another site holds the same Study Instance UID
    version_conflict INTEGER NOT NULL DEFAULT 0, -- an object came again with other content
    UNIQUE (site, uid)
);
CREATE INDEX study_uid ON study (uid);
CREATE INDEX study_patient ON study (patient);
CREATE INDEX study_patient_id ON study (patient_id);
CREATE INDEX study_date ON study (date);
CREATE INDEX study_accession ON study (accession);
CREATE INDEX study_last_sequence ON study (last_sequence);

-- The component groups of a study's patient name (alphabetic 0, ideographic 1, phonetic 2), ASCII letters in lower case and without
-- trailing '^', for searching.
CREATE TABLE study_name (
    text     TEXT NOT NULL,
    position INTEGER NOT NULL,
    study    INTEGER NOT NULL REFERENCES study ON DELETE CASCADE,
    PRIMARY KEY (text, position, study)
) WITHOUT ROWID;
CREATE INDEX study_name_study ON study_name (study);

CREATE TABLE series (
    id           INTEGER PRIMARY KEY,
    study        INTEGER NOT NULL REFERENCES study,
    uid          TEXT NOT NULL,
    number       TEXT NOT NULL,
    description  TEXT NOT NULL,
    modality     TEXT NOT NULL,
    body_part    TEXT NOT NULL,
    laterality   TEXT NOT NULL,
    date         TEXT NOT NULL,
    time         TEXT NOT NULL,
    protocol     TEXT NOT NULL,
    station      TEXT NOT NULL,
    institution  TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    instances    INTEGER NOT NULL DEFAULT 0, -- newest versions
    released     INTEGER NOT NULL DEFAULT 0, -- of these, how many a site may see
    images       INTEGER NOT NULL DEFAULT 0, -- of these, how many did not come from a reading station
    UNIQUE (study, uid)
);
CREATE INDEX series_uid ON series (uid);

-- An object, with the receipt that the archive keeps of it.
CREATE TABLE instance (
    id              INTEGER PRIMARY KEY, -- sequence of the receipt
    series          INTEGER NOT NULL REFERENCES series,
    sop_instance    TEXT NOT NULL,
    sop_class       TEXT NOT NULL,
    transfer_syntax TEXT NOT NULL,
    version         INTEGER NOT NULL,
    newest          INTEGER NOT NULL, -- no higher version at this site
    released        INTEGER NOT NULL, -- a site may see it
    newest_released INTEGER NOT NULL, -- the one of all versions that a site sees
    number          TEXT NOT NULL,
    position        TEXT NOT NULL,
    orientation     TEXT NOT NULL,
    rows            TEXT NOT NULL,
    columns         TEXT NOT NULL,
    frames          TEXT NOT NULL,
    content_date    TEXT NOT NULL,
    content_time    TEXT NOT NULL,
    acquisition     TEXT NOT NULL,
    image_type      TEXT NOT NULL,
    origin          INTEGER NOT NULL, -- 0 site, 1 station, 2 import
    person          TEXT NOT NULL,
    calling_ae      TEXT NOT NULL,
    called_ae       TEXT NOT NULL,
    address         TEXT NOT NULL,
    charset         TEXT NOT NULL,
    received        INTEGER NOT NULL,
    digest          BLOB NOT NULL,
    path            TEXT NOT NULL,
    offset          INTEGER NOT NULL,
    length          INTEGER NOT NULL
);
CREATE INDEX instance_series ON instance (series);
CREATE INDEX instance_sop_instance ON instance (sop_instance);

-- Objects of reading stations that sites may see; the decision itself is kept in workflow.db and is named again after a rebuild.
CREATE TABLE released (
    site         TEXT NOT NULL,
    sop_instance TEXT NOT NULL,
    PRIMARY KEY (site, sop_instance)
) WITHOUT ROWID;
