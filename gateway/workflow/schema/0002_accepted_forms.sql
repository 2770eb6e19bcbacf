-- Schema 2: what a destination accepted in an attempt that was not the last one. Delivered means accepted in some form,
-- whatever later attempts say.
ALTER TABLE deliveries ADD COLUMN accepted TEXT NOT NULL DEFAULT ''; -- the words of that attempt; '': nothing yet
