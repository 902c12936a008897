-- What schema 4 has more than schema 3: what a model said before its answer, and meant for itself.

ALTER TABLE calls ADD COLUMN thoughts TEXT;             -- NULL where there are none
ALTER TABLE calls ADD COLUMN thought_tokens INTEGER;    -- NULL where nobody counted
ALTER TABLE superseded_calls ADD COLUMN thoughts TEXT;
ALTER TABLE superseded_calls ADD COLUMN thought_tokens INTEGER;
