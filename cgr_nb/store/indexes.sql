-- What makes reading faster and holds nothing of its own: a file of an earlier version gets it with
-- its next run, and is read without it until then.

-- What each call spent: read from the calls themselves, it lies between a gigabyte of texts.
CREATE INDEX IF NOT EXISTS calls_spent
ON calls (id, prompt_tokens, reply_tokens, duration_s);
