-- What schema 5 has more than schema 4: which server gave a reply, and how.

ALTER TABLE calls ADD COLUMN served TEXT;   -- JSON object: Served; NULL for models of this machine
ALTER TABLE superseded_calls ADD COLUMN served TEXT;
