-- Time of receipt minus the device's own time, in seconds, of the object where that was smallest (clockSkew() in
-- common/dicom/device_time.h). NULL: no object had a date that makes sense.
ALTER TABLE study ADD COLUMN clock_skew INTEGER;

-- How many images an acquisition of a series has, as the device said (Images in Acquisition 0020,1002).
CREATE TABLE acquisition (
    series INTEGER NOT NULL REFERENCES series,
    number TEXT NOT NULL, -- Acquisition Number
    images INTEGER NOT NULL,
    PRIMARY KEY (series, number)
) WITHOUT ROWID;
