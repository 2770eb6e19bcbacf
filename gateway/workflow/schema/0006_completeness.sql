-- Completeness of studies, and device clocks (docs/decisions/0016).
ALTER TABLE tasks ADD COLUMN clock_skew INTEGER;                      -- seconds; received minus what the device's clock said
ALTER TABLE tasks ADD COLUMN missing TEXT NOT NULL DEFAULT '';        -- of an incomplete study: common/model/missing_images.h
ALTER TABLE tasks ADD COLUMN judged INTEGER NOT NULL DEFAULT 1;       -- 0: images came since completeness was judged
ALTER TABLE tasks ADD COLUMN judged_instances INTEGER NOT NULL DEFAULT 0; -- how many there were then
UPDATE tasks SET judged_instances = instances WHERE state <> 'receiving';
-- How the sender of the newest object left: '' (it is still there, or none was seen), 'released', 'cut-off', 'in-object'.
ALTER TABLE tasks ADD COLUMN parting TEXT NOT NULL DEFAULT '';
CREATE INDEX tasks_to_judge ON tasks (judged) WHERE judged = 0;

-- How the senders' associations end, those that brought objects: some devices never release any.
CREATE TABLE senders (
    site       TEXT NOT NULL,
    calling_ae TEXT NOT NULL,
    released   INTEGER NOT NULL DEFAULT 0,
    cut_off    INTEGER NOT NULL DEFAULT 0, -- between two objects
    PRIMARY KEY (site, calling_ae)
) STRICT, WITHOUT ROWID;
