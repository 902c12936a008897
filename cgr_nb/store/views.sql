-- Views of one connection, made when a file is opened: what several queries read alike. They are no
-- part of the file.

-- The answers that the study is made of, as its last run asked for them.
CREATE TEMP VIEW counted_answers AS
SELECT * FROM answers a WHERE EXISTS (SELECT 1 FROM expected e WHERE e.answer_id = a.id);

-- The assisted ones of them, each with what it was made from.
CREATE TEMP VIEW assisted_answers AS
SELECT
    id,
    json_extract(facts, '$.scaffold_id') AS scaffold_id,
    json_extract(facts, '$.program_id') AS program_id,
    json_extract(runs, '$[#-1][1]') AS execution_id
FROM counted_answers WHERE arm = 'cgr';

-- The rows whose channels are all on record: ids of the answers (NULL: a channel that the study
-- does not have), and what rows are sorted by.
CREATE TEMP VIEW done_rows AS
SELECT
    e.row_id, d.id AS direct_id, c.id AS cgr_id, g.id AS generator_only_id,
    i.dataset, i.config, i.id AS item_id, d.solver, c.generator
FROM expected e
JOIN answers d ON d.id = e.answer_id
JOIN items i ON i.id = d.item_id
LEFT JOIN expected ec ON ec.row_id = e.row_id AND ec.arm = 'cgr'
LEFT JOIN answers c ON c.id = ec.answer_id
LEFT JOIN expected eg ON eg.row_id = e.row_id AND eg.arm = 'generator_only'
LEFT JOIN answers g ON g.id = eg.answer_id
WHERE e.arm = 'direct'
AND (ec.answer_id IS NULL OR c.id IS NOT NULL)
AND (eg.answer_id IS NULL OR g.id IS NOT NULL);
