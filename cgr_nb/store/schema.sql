-- One study. Records are written once and never updated; keys are content hashes.
-- These are the tables of schema 2; `superseding.sql` makes them those of schema 3, `thoughts.sql`
-- those of schema 4, `served.sql` those of schema 5. A change of shape raises `schema` in meta, and
-- `Store.open` refuses what it does not know.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE items (
    id TEXT PRIMARY KEY,
    dataset TEXT NOT NULL,
    config TEXT NOT NULL,
    question TEXT NOT NULL,
    options TEXT NOT NULL,      -- JSON object, letter -> text, in presented order
    gold TEXT,                  -- JSON array of letters; NULL when not known
    context TEXT,
    meta TEXT NOT NULL          -- JSON object
);

CREATE TABLE models (
    name TEXT NOT NULL,
    identity TEXT NOT NULL,     -- weight hash, or what stands for it
    card TEXT NOT NULL,         -- JSON object: ModelCard
    PRIMARY KEY (name, identity)
);

CREATE TABLE prompts (
    hash TEXT PRIMARY KEY,      -- SHA-256 of the template
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    profile TEXT NOT NULL,
    text TEXT NOT NULL          -- the file, then the files it quotes: what the hash is of
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
    error TEXT
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

CREATE TABLE rows (
    id TEXT PRIMARY KEY,
    item_id TEXT NOT NULL,
    dataset TEXT NOT NULL,
    config TEXT NOT NULL,
    solver TEXT NOT NULL,
    generator TEXT NOT NULL,
    gold TEXT,
    direct_letter TEXT,
    direct_status TEXT NOT NULL,
    direct_rule TEXT,
    direct_retries INTEGER NOT NULL,
    assisted_letter TEXT,
    assisted_status TEXT NOT NULL,
    assisted_detail TEXT NOT NULL,
    asks INTEGER NOT NULL,
    generator_letter TEXT,
    difficulty TEXT,
    scaffold_id TEXT,
    program_id TEXT,
    execution_id TEXT,
    direct_call_ids TEXT NOT NULL,
    ask_call_ids TEXT NOT NULL,
    direct_tokens INTEGER NOT NULL,
    assisted_tokens INTEGER NOT NULL,
    isolation TEXT,
    error TEXT
);

-- Ids of the rows that the last run asked for. The one table that is written anew: rows of items,
-- models or prompts that the study no longer has stay in `rows`, and out of its numbers.
CREATE TABLE wanted (row_id TEXT PRIMARY KEY) WITHOUT ROWID;

-- Other ways to answer, one line for each row and arm.
CREATE TABLE arms (
    id TEXT PRIMARY KEY,
    row_id TEXT NOT NULL,
    arm TEXT NOT NULL,
    letter TEXT,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    reply_tokens INTEGER NOT NULL,
    generator_calls INTEGER NOT NULL,
    generator_tokens INTEGER NOT NULL,
    call_ids TEXT NOT NULL,     -- JSON array
    program_id TEXT,
    execution_id TEXT
);

CREATE INDEX arms_of_row ON arms (row_id);

-- As `wanted`, of `arms`.
CREATE TABLE wanted_arms (arm_id TEXT PRIMARY KEY) WITHOUT ROWID;

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
