-- Schema 3: urgent studies. Set when an object came as urgent, or by an operator.
ALTER TABLE tasks ADD COLUMN stat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN stat_seen INTEGER NOT NULL DEFAULT 0; -- up to which object of the index that was taken over
