-- What headers say once they are read again may make another person of a patient, and may take long to be followed everywhere.
-- As whom a decision knew the two: Chinese characters, letters, birth date, sex, national ID, joined by '\'; '': nothing is known.
ALTER TABLE identity_decisions ADD COLUMN first_person TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_decisions ADD COLUMN second_person TEXT NOT NULL DEFAULT '';
-- 0: the index may not follow it everywhere yet.
ALTER TABLE recodings ADD COLUMN done INTEGER NOT NULL DEFAULT 1;
