-- How text was read, and what operators decided about it (docs/decisions/0012).
ALTER TABLE tasks ADD COLUMN charset_rule INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tasks ADD COLUMN charset_corrected INTEGER NOT NULL DEFAULT 0; -- read otherwise than declared
ALTER TABLE tasks ADD COLUMN charset_uncertain INTEGER NOT NULL DEFAULT 0;

-- Another reading of what a site sent in a period: of all that hold for an object the newest counts. The index follows them.
CREATE TABLE recodings (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    site          TEXT NOT NULL,
    received_from INTEGER,          -- NULL: from the beginning
    received_to   INTEGER,          -- NULL: to the end
    up_to         INTEGER NOT NULL, -- the last receipt that there was then: what came later was read by the site's policy anyway
    charset       TEXT NOT NULL,    -- what the site's devices mean by text that they declare wrongly or not at all
    person        TEXT NOT NULL,    -- of the operating system
    at            INTEGER NOT NULL
) STRICT;
