-- The devices of a site: who sent, and what it does against the standard (docs/decisions/0015). What they repeat is in no receipt and
-- therefore counted in workflow.db.
CREATE TABLE device (
    id                INTEGER PRIMARY KEY,
    site              TEXT NOT NULL,
    calling_ae        TEXT NOT NULL,
    address           TEXT NOT NULL, -- '' with an empty calling_ae: imported
    station           TEXT NOT NULL, -- as last seen
    manufacturer      TEXT NOT NULL,
    objects           INTEGER NOT NULL,
    versions          INTEGER NOT NULL, -- of these, under a UID that was here with other content
    charset_corrected INTEGER NOT NULL, -- of these, whose text was read otherwise than declared
    charset_uncertain INTEGER NOT NULL,
    first_received    INTEGER NOT NULL,
    last_received     INTEGER NOT NULL,
    skews             TEXT NOT NULL,    -- clockSkew() of the last objects that have one, in seconds, oldest first: '-28800 -28799'
    UNIQUE (site, calling_ae, address)
);

-- How many of its objects had which defect.
CREATE TABLE device_defect (
    device  INTEGER NOT NULL REFERENCES device,
    defect  INTEGER NOT NULL, -- a bit of common/dicom/defects.h
    objects INTEGER NOT NULL,
    PRIMARY KEY (device, defect)
) WITHOUT ROWID;

-- Those of all objects of a study.
ALTER TABLE study ADD COLUMN defects INTEGER NOT NULL DEFAULT 0;
