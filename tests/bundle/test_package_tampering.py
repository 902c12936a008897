"""Every tampering is found and named: with the manifest left as it was, and with one made anew."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode

import pytest
from tampering import (
    Members,
    change,
    find,
    lines,
    names_field,
    put,
    put_manifest,
    rehash,
    remove,
    rerow,
    resum,
)

from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.sandbox import Trace
from cgr_nb.verify import verify_package

NEVER = "0" * 20


def answered(row):
    return row["assisted_status"] == "ok"


def row_of(members: Members) -> int:
    return find(members, "rows", answered)


def answer_of(members: Members, arm: str) -> int:
    """The answer of a channel to the item of `row_of`."""
    item = lines(members, "rows")[row_of(members)]["item_id"]
    fits = lambda answer: (answer["item_id"], answer["arm"]) == (item, arm)  # noqa: E731
    return find(members, "answers", fits)


def direct_call(members: Members) -> int:
    id = lines(members, "rows")[row_of(members)]["direct_call_ids"][0]
    return find(members, "calls", lambda call: call["id"] == id)


def ask_call(members: Members) -> int:
    id = lines(members, "rows")[row_of(members)]["ask_call_ids"][1]
    return find(members, "calls", lambda call: call["id"] == id)


def run_of(members: Members) -> int:
    id = lines(members, "rows")[row_of(members)]["execution_id"]
    return find(members, "executions", lambda run: run["id"] == id)


def row_added(members):
    rows = lines(members, "rows")
    rows.insert(1, {**rows[0], "id": NEVER})
    put(members, "rows", rows)
    return NEVER


def row_twice(members):
    rows = lines(members, "rows")
    put(members, "rows", [rows[0], *rows])
    return rows[0]["id"]


def row_removed(members):
    return remove(members, "rows", row_of(members))["id"]


def row_removed_and_called_unfinished(members):
    id = remove(members, "rows", row_of(members))["id"]
    manifest = json.loads(members["manifest.json"])
    put_manifest(members, {**manifest, "rows": manifest["rows"] - 1, "complete": False})
    return id


def rows_swapped(members):
    rows = lines(members, "rows")
    rows[0], rows[1] = rows[1], rows[0]
    put(members, "rows", rows)
    return rows[1]["id"]


def row_of_another(members):
    """What one row says, said of another."""
    rows = lines(members, "rows")
    number = row_of(members)
    put(members, "rows", [*rows[:number], {**rows[number], "id": NEVER}, *rows[number + 1 :]])
    return rows[number]["id"]


def unit_removed_and_called_unfinished(members):
    """A row that does not suit, with all its answers."""
    row = remove(members, "rows", row_of(members))
    kept = [one for one in lines(members, "answers") if one["item_id"] != row["item_id"]]
    gone = len(lines(members, "answers")) - len(kept)
    put(members, "answers", kept)
    manifest = json.loads(members["manifest.json"])
    manifest |= {"rows": manifest["rows"] - 1, "answers": manifest["answers"] - gone}
    put_manifest(members, {**manifest, "complete": False})
    return row["execution_id"]


def item_field(**values):
    return lambda members: change(members, "items", 0, **values)["id"]


def item_removed(members):
    return remove(members, "items", 0)["id"]


def call_reply(pick, **values):
    def tamper(members):
        number = pick(members)
        reply = lines(members, "calls")[number]["reply"]
        return change(members, "calls", number, reply={**reply, **values})["id"]

    return tamper


def named_answer(tamper):
    """For changes that show in the direct answer and not in the record itself."""

    def wrapped(members):
        tamper(members)
        return lines(members, "answers")[answer_of(members, "direct")]["id"]

    return wrapped


def call_message(members):
    words = [{"role": "user", "content": "Which is it?"}]
    return change(members, "calls", direct_call(members), messages=words)["id"]


def call_seed(members):
    return change(members, "calls", direct_call(members), sampling=lambda s: {**s, "seed": 7})["id"]


def call_removed(members):
    return remove(members, "calls", direct_call(members))["id"]


def program_source(members):
    return change(members, "programs", 0, source=lambda text: text + "# more\n")["id"]


def scaffold_program(members):
    programs = [program["id"] for program in lines(members, "programs")]
    number = find(members, "scaffolds", lambda line: line["program_id"] == programs[0])
    return change(members, "scaffolds", number, program_id=programs[1])["id"]


def scaffold_prompt(members):
    return change(members, "scaffolds", 0, prompt_hash="0" * 64)["id"]


def run_outcome(name, value, **answers):
    """Change run, answers and row alike, so that only a replay can tell.

    Args:
        name: Field of the run.
        value: What it is to say.
        answers: Arm -> the fields of its answer that say it too.
    """

    def tamper(members):
        id = change(members, "executions", run_of(members), **{name: value})["id"]
        for arm, fields in answers.items():
            change(members, "answers", answer_of(members, arm), **fields)
        rerow(members)
        return id

    return tamper


def run_field(**values):
    return lambda members: change(members, "executions", run_of(members), **values)["id"]


def run_ask(**values):
    def changed(asks):
        return [{**asks[0], **values}, *asks[1:]]

    return run_field(calls=changed)


def run_removed(members):
    return remove(members, "executions", run_of(members))["id"]


def trace_changed(members):
    id = lines(members, "executions")[run_of(members)]["id"]
    number = find(members, "traces", lambda trace: trace["execution_id"] == id)
    record = Trace.from_bytes(b64decode(lines(members, "traces")[number]["trace"])).record
    other = Trace(record.replace(b"'3'", b"'4'")).to_bytes()
    change(members, "traces", number, trace=b64encode(other).decode())
    return id


def summary_number(members):
    found = json.loads(members["summary.json"])
    found["partitions"]["all"]["macro"]["A_a"] += 1e-6
    members["summary.json"] = (json.dumps(found, indent=2) + "\n").encode()
    return "partitions.all.macro.A_a"


def prompt_text(members):
    members["prompts/tiny/direct@1.txt"] += b"Think first.\n"
    return "prompts/tiny/direct@1.txt"


def prompt_added(members):
    members["prompts/tiny/other@1.txt"] = b"{question}\n"
    return "prompts/tiny/other@1.txt"


def settings_seed(members):
    members["study.toml"] = members["study.toml"].replace(b"seed = 0", b"seed = 1")
    return lines(members, "rows")[0]["id"]


def model_options(members):
    change(members, "models", 1, options=lambda options: {**options, "default": "B"})
    return lines(members, "calls")[direct_call(members)]["id"]


def verdict_of_nothing(members):
    return change(members, "verdicts", 0, program_id=NEVER)["program_id"]


def readme_changed(members):
    members["README.md"] += b"Trust me.\n"
    return "README.md"


def table_spaced(members):
    members["rows.jsonl"] = members["rows.jsonl"].replace(b'":"', b'": "', 1)
    return "rows.jsonl line 1"


def key_twice(members):
    members["rows.jsonl"] = members["rows.jsonl"].replace(b'"solver":', b'"id":"x","solver":', 1)
    return "rows.jsonl line 1"


FIELDS_OF_A_ROW = {
    "direct letter": ("direct_letter", "B"),
    "direct status": ("direct_status", "ambiguous"),
    "direct rule": ("direct_rule", "boxed"),
    "direct retries": ("direct_retries", 0 + 5),
    "direct tokens": ("direct_tokens", 1),
    "assisted letter": ("assisted_letter", "B"),
    "assisted status": ("assisted_status", "no_answer"),
    "assisted tokens": ("assisted_tokens", 1),
    "number of asks": ("asks", 40),
    "generator letter": ("generator_letter", "B"),
    "difficulty": ("difficulty", "medium"),
    "gold of a row": ("gold", ["B"]),
    "configuration of a row": ("config", "other"),
    "error of a row": ("error", "refused: no"),
    "words of a row": ("assisted_detail", "all went well"),
    "question of a row": ("question", "2 + 2"),
    "text of a row's gold": ("gold_text", "4"),
    "direct correctness of a row": ("direct_correct", lambda was: not was),
    "assisted correctness of a row": ("assisted_correct", lambda was: not was),
    "flip of a row": ("flip", "both_wrong"),
    "program of a row": ("program_id", NEVER),
    "scaffold of a row": ("scaffold_id", NEVER),
    "run of a row": ("execution_id", NEVER),
    "isolation of a row": ("isolation", "full"),
    "direct calls of a row": ("direct_call_ids", [NEVER]),
    "ask calls of a row": ("ask_call_ids", lambda ids: ids[:1]),
    "several letters asked in a row": ("multi", True),
}
"""Name -> field and new value: of the first row that a program answered."""
FOUND_BY_READING = {
    "row added": row_added,
    "row twice": row_twice,
    "row under another id": row_of_another,
    "row removed": row_removed,
    "row removed, study called unfinished": row_removed_and_called_unfinished,
    "rows swapped": rows_swapped,
    "row and answers removed, study called unfinished": unit_removed_and_called_unfinished,
    "gold of an item": item_field(gold=["B"]),
    "question of an item": item_field(question="1 + 3"),
    "option of an item": item_field(options={"A": "3", "B": "5"}),
    "item removed": item_removed,
    "direct reply": named_answer(call_reply(direct_call, text="Answer: B")),
    "token count of a call": named_answer(call_reply(direct_call, prompt_tokens=1)),
    "message of a call": call_message,
    "seed of a call": call_seed,
    "call removed": call_removed,
    "reply to an ask": lambda members: (
        call_reply(ask_call, text="no")(members)
        and lines(members, "executions")[run_of(members)]["id"]
    ),
    "source of a program": program_source,
    "program of a scaffold": scaffold_program,
    "prompt of a scaffold": scaffold_prompt,
    "reply in a run": run_ask(reply="4"),
    "question in a run": run_ask(prompt="sum of what?"),
    "status of a run": run_field(status="no_answer"),
    "timeout without time": run_outcome("status", "timeout", cgr={"status": "timeout"}),
    "run removed": run_removed,
    "number of the report": summary_number,
    "text of a prompt": prompt_text,
    "prompt added": prompt_added,
    "seed of the study": settings_seed,
    "options of a model": model_options,
    "verdict of no program": verdict_of_nothing,
    "readme": readme_changed,
    "space in a table": table_spaced,
    "key twice in a record": key_twice,
}
FOUND_BY_REPLAY = {
    "answer of run and row": run_outcome("solver_answer", "B", cgr={"letters": ["B"]}),
    "belief of run and row": run_outcome(
        "generator_answer", "B", generator_only={"letters": ["B"]}
    ),
    "difficulty of run and row": run_outcome(
        "difficulty",
        "medium",
        cgr={"difficulty": "medium"},
        generator_only={"difficulty": "medium"},
    ),
    "words of run and row": run_outcome("detail", "all well", cgr={"detail": "all well"}),
    "output of a run": run_field(output="hello"),
    "line of an ask": run_ask(line=1),
    "steps of a run": trace_changed,
}


def found_in(members, path, replay):
    write_archive(members, path)
    return verify_package(path, replay=replay, isolation="limits")


@pytest.fixture(scope="module")
def changed_row(package, tmp_path_factory):
    """All of FIELDS_OF_A_ROW in one row of a package: its id, and what was found."""
    members = read_archive(package)
    id = change(members, "rows", row_of(members), **dict(FIELDS_OF_A_ROW.values()))["id"]
    rehash(members)
    return id, found_in(members, tmp_path_factory.mktemp("row") / "p.zip", replay=False)


@pytest.mark.parametrize("name", FIELDS_OF_A_ROW)
def test_a_changed_field_of_a_row_is_named(name, changed_row):
    id, found = changed_row
    assert names_field(found, f"rows.jsonl {id}", FIELDS_OF_A_ROW[name][0]), found.problems


@pytest.mark.parametrize("name", FOUND_BY_READING)
def test_what_is_changed_is_named_though_the_manifest_is_made_anew(name, members, tmp_path):
    id = FOUND_BY_READING[name](members)
    rehash(members)
    found = found_in(members, tmp_path / "p.zip", replay=False)
    assert not found.ok
    assert any(id in problem.where + problem.what for problem in found.problems), found.problems


@pytest.mark.parametrize("name", FOUND_BY_REPLAY)
def test_what_only_a_replay_can_tell_is_named(name, members, tmp_path):
    id = FOUND_BY_REPLAY[name](members)
    resum(members)
    rehash(members)
    assert found_in(members, tmp_path / "p.zip", replay=False).ok
    found = found_in(members, tmp_path / "p.zip", replay=True)
    assert any(id in problem.where for problem in found.problems), found


@pytest.mark.parametrize(
    "table", ["rows", "answers", "setups", "calls", "items", "executions", "traces", "models"]
)
def test_a_file_that_differs_from_the_manifest_is_named(table, members, tmp_path):
    members[f"{table}.jsonl"] += b"\n"
    found = found_in(members, tmp_path / "p.zip", replay=False)
    assert any(problem.where == f"{table}.jsonl" for problem in found.problems)


def test_a_timeout_that_does_not_happen_here_is_a_note(members, tmp_path):
    values = {"status": "timeout", "solver_answer": None, "wall_s": 31.0, "detail": "stopped"}
    id = change(members, "executions", run_of(members), **values)["id"]
    answer = {"status": "timeout", "letters": [], "detail": "stopped"}
    change(members, "answers", answer_of(members, "cgr"), **answer)
    rerow(members)
    resum(members)
    rehash(members)
    found = found_in(members, tmp_path / "p.zip", replay=True)
    assert found.problems == ()
    assert any(id in note.where and "depends on the machine" in note.what for note in found.notes)


def said_b(trail):
    return [{**trail[0], "read": {**trail[0]["read"], "letters": ["B"]}}, *trail[1:]]


def test_an_invented_reply_that_is_followed_through_is_not_found(members, tmp_path):
    """The limit that the README of every package tells: no check can know who spoke."""
    call_reply(direct_call, text="Answer: B")(members)
    read = {"letters": ["B"], "trail": said_b, "steps": lambda s: [{**s[0], "letters": ["B"]}]}
    change(members, "answers", answer_of(members, "direct"), **read)
    rerow(members)
    resum(members)
    rehash(members)
    assert found_in(members, tmp_path / "p.zip", replay=False).ok


def test_words_of_a_package_can_not_steer_a_terminal(members, tmp_path):
    change(members, "programs", 0, id="\x1b[2J" + NEVER)
    rehash(members)
    found = found_in(members, tmp_path / "p.zip", replay=False)
    told = "".join(problem.where + problem.what for problem in found.problems)
    assert "\x1b" not in told
    assert NEVER in told
