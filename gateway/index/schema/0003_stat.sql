-- Whether an object of the study came as urgent (Priority HIGH, or from a site whose studies all are); from the receipts.
ALTER TABLE study ADD COLUMN stat INTEGER NOT NULL DEFAULT 0;
