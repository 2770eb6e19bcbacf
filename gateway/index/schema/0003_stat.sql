-- The sequence of the study's last object that came as urgent (Priority HIGH, or from a site whose studies all are); 0: none did.
ALTER TABLE study ADD COLUMN stat INTEGER NOT NULL DEFAULT 0;
