-- The newest tasks of all, and of each state, in the order of the list: urgent ones first, then by receipt. Without these each look at the
-- list sorted every task that there is.
DROP INDEX tasks_by_receipt;
CREATE INDEX tasks_in_order ON tasks (stat AND issued_at IS NULL, received_at);
DROP INDEX tasks_by_state;
CREATE INDEX tasks_by_state ON tasks (state, stat AND issued_at IS NULL, received_at);
