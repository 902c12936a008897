-- What schema 3 has more than schema 2: when a call was made, and records that were superseded.

ALTER TABLE calls ADD COLUMN made TEXT;     -- ISO 8601, UTC; NULL for calls of schema 2

-- One line for each `study redo`: what it took out of the study, and why.
CREATE TABLE redos (
    number INTEGER PRIMARY KEY,
    created TEXT NOT NULL,      -- ISO 8601, UTC
    reason TEXT NOT NULL,
    calls TEXT NOT NULL,        -- JSON object: model -> calls
    tokens TEXT NOT NULL,       -- JSON object: model -> [prompt tokens, reply tokens]
    scaffolds INTEGER NOT NULL,
    executions INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    audits INTEGER NOT NULL
);

-- The records themselves, whole, with the number of the redo: they keep their ids, which the
-- records that take their place have too. No number of a study reads these tables.
CREATE TABLE superseded_calls AS SELECT 0 AS redo, * FROM calls WHERE 0;
CREATE TABLE superseded_scaffolds AS SELECT 0 AS redo, * FROM scaffolds WHERE 0;
CREATE TABLE superseded_executions AS SELECT 0 AS redo, * FROM executions WHERE 0;
CREATE TABLE superseded_rows AS SELECT 0 AS redo, * FROM rows WHERE 0;
CREATE TABLE superseded_arms AS SELECT 0 AS redo, * FROM arms WHERE 0;
CREATE TABLE superseded_dependence AS SELECT 0 AS redo, * FROM dependence WHERE 0;
