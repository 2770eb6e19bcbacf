-- What the workstation marked on the images beside the text (measurements, key images): JSON of its own, kept as it came.
ALTER TABLE drafts ADD COLUMN marks TEXT NOT NULL DEFAULT '';
