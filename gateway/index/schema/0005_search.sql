-- How each text of study_name is read, for searching as people type (docs/decisions/0013): keysOf() of it (common/names). A text
-- whose study is found as well by another component group of the same name may have none.
CREATE TABLE name_key (
    key  TEXT NOT NULL, -- first syllable, a blank, first letters of the others: 'zhang xd'
    text TEXT NOT NULL,
    PRIMARY KEY (key, text)
) WITHOUT ROWID;
