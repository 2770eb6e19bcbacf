-- A town's newest tasks, in the order of the list: urgent ones first, then by receipt.
CREATE INDEX tasks_of_site ON tasks (site, stat AND issued_at IS NULL, received_at);

-- Where people sign in from: who guesses their passwords elsewhere doesn't keep them waiting there (SignInGuard), also
-- after a restart.
CREATE TABLE sign_in_places (
    person  TEXT NOT NULL REFERENCES users (name),
    place   TEXT NOT NULL,            -- an address, or the /64 of one
    last_at INTEGER NOT NULL,
    PRIMARY KEY (person, place)
) STRICT, WITHOUT ROWID;
