-- Objects that a device sent again although they are here, byte for byte. No receipt tells of them, so they are counted here.
CREATE TABLE device_repeats (
    site       TEXT NOT NULL,
    calling_ae TEXT NOT NULL,
    address    TEXT NOT NULL,
    objects    INTEGER NOT NULL,
    first_at   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (site, calling_ae, address)
) STRICT, WITHOUT ROWID;
