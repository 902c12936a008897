-- What makes reading faster and holds nothing of its own: a file of an earlier version gets it with
-- its next run, and is read without it until then.

-- What each call spent: read from the calls themselves, it lies between a gigabyte of texts.
CREATE INDEX IF NOT EXISTS calls_spent
ON calls (id, prompt_tokens, reply_tokens, duration_s);

-- The order of the items.
CREATE INDEX IF NOT EXISTS items_sorted
ON items (dataset, config, id);

-- The direct answers of each item: rows are counted by them.
CREATE INDEX IF NOT EXISTS answers_direct
ON answers (item_id, id) WHERE arm = 'direct';

-- What may be absent of a row that has a direct answer.
CREATE INDEX IF NOT EXISTS expected_assisted
ON expected (answer_id) WHERE arm IN ('cgr', 'generator_only');

-- The rows of each direct answer.
CREATE INDEX IF NOT EXISTS expected_direct
ON expected (answer_id) WHERE arm = 'direct';

-- The assisted answers to each item.
CREATE INDEX IF NOT EXISTS answers_assisted
ON answers (item_id) WHERE arm = 'cgr';
