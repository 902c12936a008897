-- One study. Records are written once and never updated; keys are content hashes.
-- A change of shape raises `schema` in meta, and `Store.open` refuses what it does not know.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE items (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    config TEXT NOT NULL,
    question TEXT NOT NULL,
    options TEXT NOT NULL,      -- JSON object, letter -> text, in presented order
    gold TEXT,                  -- JSON array of letters; NULL when not known
    context TEXT,
    meta TEXT NOT NULL,         -- JSON object
    use TEXT NOT NULL,          -- asked; support: set aside for arms that need labels; twin:
                                -- made of another item, to try programs on
    multi INTEGER NOT NULL      -- 1: the answer is a set of letters
);

CREATE TABLE models (
    name TEXT NOT NULL,
    identity TEXT NOT NULL,     -- weight hash, or what stands for it
    card TEXT NOT NULL,         -- JSON object: ModelCard
    PRIMARY KEY (name, identity)
);

CREATE TABLE prompts (
    hash TEXT NOT NULL,         -- SHA-256 of the template; two names may have one text
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    profile TEXT NOT NULL,
    text TEXT NOT NULL,         -- the file, then the files it quotes: what the hash is of
    PRIMARY KEY (hash, profile, name, version)
);

CREATE TABLE calls (
    id TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    messages TEXT NOT NULL,     -- JSON array of {role, content}
    sampling TEXT NOT NULL,     -- JSON object: Sampling
    reply TEXT,                 -- NULL when the call failed
    finish TEXT,
    prompt_text TEXT,
    prompt_tokens INTEGER,
    reply_tokens INTEGER,
    duration_s REAL,
    error TEXT,
    scores TEXT,                -- JSON array of Score, one for each choice; NULL without
    made TEXT,                  -- ISO 8601, UTC; NULL when not known
    run INTEGER,                -- the run that made it: see provenance
    thoughts TEXT,              -- NULL where there are none
    thought_tokens INTEGER,     -- NULL where nobody counted
    served TEXT                 -- JSON object: Served; NULL where no server was asked
);

-- One line for each run of the study: machine, builds, times.
CREATE TABLE provenance (
    run INTEGER PRIMARY KEY,
    started TEXT NOT NULL,      -- ISO 8601, UTC
    facts TEXT NOT NULL         -- JSON object
);

CREATE TABLE programs (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL
);

CREATE TABLE scaffolds (
    id TEXT PRIMARY KEY,
    item_id TEXT NOT NULL,
    generator TEXT NOT NULL,
    program_id TEXT,            -- NULL when the reply held no program
    call_id TEXT NOT NULL,
    prompt_hash TEXT NOT NULL,
    seed INTEGER NOT NULL
);

CREATE TABLE executions (
    id TEXT PRIMARY KEY,
    program_id TEXT NOT NULL,
    item_id TEXT NOT NULL,
    solver TEXT NOT NULL,
    status TEXT NOT NULL,
    solver_answer TEXT,
    generator_answer TEXT,
    difficulty TEXT,
    detail TEXT NOT NULL,
    line INTEGER,
    asks TEXT NOT NULL,         -- JSON array of Ask
    output TEXT NOT NULL,
    cpu_s REAL,
    wall_s REAL NOT NULL,
    isolation TEXT NOT NULL,
    trace BLOB                  -- compressed steps; NULL when not traced
);

-- What each arm gave for each item: direct, assisted (cgr) and generator-side answers as any other.
CREATE TABLE answers (
    id TEXT PRIMARY KEY,
    item_id TEXT NOT NULL,
    solver TEXT,                -- NULL: no solver has a part in it
    generator TEXT,
    arm TEXT NOT NULL,
    letters TEXT NOT NULL,      -- JSON array
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    trail TEXT NOT NULL,        -- JSON array of [key, role, call, read]; read is null, or
                                -- [status, letters, rule, span]
    runs TEXT NOT NULL,         -- JSON array of [key, execution]
    steps TEXT NOT NULL,        -- JSON array of [n, m, letters]
    setup TEXT,
    solver_calls INTEGER NOT NULL,
    solver_prompt_tokens INTEGER NOT NULL,
    solver_reply_tokens INTEGER NOT NULL,
    generator_calls INTEGER NOT NULL,
    generator_prompt_tokens INTEGER NOT NULL,
    generator_reply_tokens INTEGER NOT NULL,
    facts TEXT NOT NULL,        -- JSON object
    difficulty TEXT,
    isolation TEXT,
    error TEXT
);

-- What an arm prepared once for a dataset.
CREATE TABLE setups (
    id TEXT PRIMARY KEY,
    arm TEXT NOT NULL,
    dataset TEXT NOT NULL,
    solver TEXT,
    generator TEXT,
    text TEXT NOT NULL,
    program_id TEXT,
    trail TEXT NOT NULL,        -- as in answers
    runs TEXT NOT NULL,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    facts TEXT NOT NULL
);

-- The answers that each row of the study is made of, done or not, as the last run asked for them.
-- The one table that is written anew: answers of items, models or prompts that the study no longer
-- has stay in `answers`, and out of its numbers.
CREATE TABLE expected (
    row_id TEXT NOT NULL,
    arm TEXT NOT NULL,
    answer_id TEXT NOT NULL,
    PRIMARY KEY (row_id, arm)
) WITHOUT ROWID;

CREATE INDEX expected_answers ON expected (answer_id);

CREATE TABLE dependence (
    program_id TEXT PRIMARY KEY,
    item_id TEXT NOT NULL,
    verdict TEXT,               -- dependent, partly, independent; NULL when nothing can be said
    reachable TEXT NOT NULL,    -- JSON array of letters
    fixed TEXT,                 -- letter or text: what an independent program holds on to
    probes TEXT NOT NULL        -- JSON array of Probe
);

CREATE TABLE verdicts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    program_id TEXT NOT NULL,
    rater TEXT NOT NULL,
    label TEXT NOT NULL,
    note TEXT NOT NULL,
    created TEXT NOT NULL
);

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
CREATE TABLE superseded_answers AS SELECT 0 AS redo, * FROM answers WHERE 0;
CREATE TABLE superseded_setups AS SELECT 0 AS redo, * FROM setups WHERE 0;
CREATE TABLE superseded_dependence AS SELECT 0 AS redo, * FROM dependence WHERE 0;
