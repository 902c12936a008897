"""Programs from elsewhere: prompts out, programs in, and generators that are made of programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.cli import cli
from cgr_nb.errors import ConfigError, ModelError
from cgr_nb.models import Registry, check_model
from cgr_nb.models.program_files import read_program_files
from cgr_nb.models.programs import ProgramsModel
from cgr_nb.models.written_reply import as_reply
from cgr_nb.records import ModelCard
from cgr_nb.scaffolds import extract_program
from cgr_nb.study import (
    StudyConfig,
    import_programs,
    imports,
    missing_prompts,
    plan_study,
    prompt_lines,
    write_prompts,
)
from cgr_nb.verify import verify_package

PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    total = ask("sum of " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
    return None
"""
REPLY = f"Here it is:\n```python\n{PROGRAM}```\n"
SOLVER = r"""rules = [["^sum of 1 \\+ (\\d+)", "3"], ["", "Answer: B"]]"""
ELSEWHERE = """
[[model]]
name = "elsewhere"
roles = ["generator"]
backend = "programs"
family = "unknown"
quantisation = "unknown"
context_tokens = 4096
licence = "unknown"
source = "written elsewhere"
prompts = "tiny"
"""
SERVED = """
[[model]]
name = "hosted"
roles = ["generator"]
backend = "openai"
family = "unknown"
quantisation = "unknown"
context_tokens = 4096
licence = "unknown"
source = "a server"
prompts = "tiny"
options = { base_url = "http://127.0.0.1:9/v1", model = "big", omit = ["seed"], extra = { reasoning_effort = "low" } }
"""


def write_study(folder: Path, generators=("elsewhere",), registry="", items=5, top="") -> Path:
    lines = [
        {"dataset": "sums", "question": f"1 + 2 n{n}", "options": {"A": "3", "B": "4"}, "gold": "A"}
        for n in range(items)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    script = card("generator", f'rules = [["", {json.dumps(REPLY)}]]')
    registry = card("solver", SOLVER) + script + (ELSEWHERE if not registry else "") + registry
    (folder / "registry.toml").write_text(registry)
    named = json.dumps(list(generators))
    text = STUDY.replace('generators = ["script-generator"]', f"generators = {named}")
    path = folder / "study.toml"
    path.write_text(top + text)
    return path


@pytest.fixture
def elsewhere(tmp_path):
    """A study file whose generator has no programs of its own."""
    return write_study(tmp_path)


def keys_of(path: Path) -> list[str]:
    return [prompt.key for prompt in missing_prompts(StudyConfig.load(path), path.parent)]


def batch_result(key, text=REPLY, finish="stop"):
    body = {
        "id": "c",
        "object": "chat.completion",
        "model": "big-model-2026",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 321, "completion_tokens": 45},
    }
    response = {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "batch_req_1", "custom_id": key, "response": response, "error": None}


def write_lines(path: Path, lines) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(f"{text}\n" for text in texts))
    return path


def take(path: Path, *files: Path, **how):
    return import_programs(StudyConfig.load(path), path.parent, files, **how)


def run(path: Path) -> Study:
    return Study.run(path, progress=False)


# ---- prompts out -------------------------------------------------------------------------------


def test_every_prompt_without_a_reply_is_written_once(elsewhere):
    assert len(set(keys_of(elsewhere))) == 5


def test_prompts_are_named_by_their_content(elsewhere, tmp_path_factory):
    other = write_study(tmp_path_factory.mktemp("other"))
    assert keys_of(elsewhere) == keys_of(other)
    other.write_text("seed = 1\n" + other.read_text())
    assert not set(keys_of(elsewhere)) & set(keys_of(other))


def test_a_prompt_that_is_answered_is_not_written_again(tmp_path):
    path = write_study(tmp_path, ["script-generator"])
    assert len(keys_of(path)) == 5
    run(path).close()
    assert keys_of(path) == []


def test_prompts_of_the_program_arm_are_written_too(tmp_path):
    path = write_study(tmp_path, top='arms = ["pal"]\n')
    found = missing_prompts(StudyConfig.load(path), tmp_path)
    assert sorted({prompt.purpose for prompt in found}) == ["pal", "scaffold"]
    assert len(found) == 10
    take(path, write_lines(tmp_path / "r.jsonl", [batch_result(prompt.key) for prompt in found]))
    with run(path) as study:
        assert study.prompts() == []
        assert study.failures() == []
        assert len(study.arms()) >= 5


def test_a_line_of_a_batch_asks_as_the_study_would(elsewhere):
    config = StudyConfig.load(elsewhere)
    prompt = missing_prompts(config)[0]
    line = json.loads(next(prompt_lines([prompt], "openai-batch", "big")))
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
    assert line["custom_id"] == prompt.key
    body, sampling = line["body"], prompt.request.sampling
    assert body["model"] == "big"
    assert [turn["content"] for turn in body["messages"]] == [
        turn.content for turn in prompt.request.messages
    ]
    assert body["max_tokens"] == sampling.max_tokens == config.generator.max_tokens
    assert body["temperature"] == config.generator.temperature
    assert (body["top_p"], body["seed"]) == (sampling.top_p, sampling.seed)


def test_a_batch_for_a_server_has_what_its_card_says(tmp_path):
    path = write_study(tmp_path, ["hosted"], SERVED)
    prompts = missing_prompts(StudyConfig.load(path))
    body = json.loads(next(prompt_lines(prompts, "openai-batch")))["body"]
    assert body["model"] == "big"
    assert "seed" not in body
    assert body["reasoning_effort"] == "low"


def test_plain_lines_name_item_messages_and_sampling(elsewhere):
    prompts = missing_prompts(StudyConfig.load(elsewhere))
    lines = [json.loads(line) for line in prompt_lines(prompts, "jsonl")]
    assert [line["item_id"] for line in lines] == [prompt.items[0].id for prompt in prompts]
    assert {"custom_id", "generator", "messages", "sampling"} <= lines[0].keys()


@pytest.mark.parametrize("limits", [{"most_lines": 2}, {"most_bytes": 800}])
def test_a_batch_that_is_too_large_is_split(elsewhere, tmp_path, limits):
    prompts = missing_prompts(StudyConfig.load(elsewhere))
    files = write_prompts(prompts, "openai-batch", tmp_path / "p.jsonl", **limits)
    assert len(files) > 1
    assert files[0].name == f"p-00001-of-{len(files):05}.jsonl"
    parts = [file.read_bytes() for file in files]
    assert b"".join(parts) == b"".join(prompt_lines(prompts, "openai-batch"))
    assert all(part.count(b"\n") <= limits.get("most_lines", 5) for part in parts)
    assert all(len(part) <= limits.get("most_bytes", 10**9) for part in parts)


def test_a_file_with_other_lines_is_never_overwritten(elsewhere, tmp_path):
    prompts = missing_prompts(StudyConfig.load(elsewhere))
    target = tmp_path / "p.jsonl"
    for _ in range(2):
        assert write_prompts(prompts, "jsonl", target) == [target]
    with pytest.raises(ConfigError, match="a different file"):
        write_prompts(prompts[1:], "jsonl", target)
    assert len(target.read_bytes().splitlines()) == 5
    assert not list(tmp_path.glob("*.making"))


def test_where_nothing_is_missing_no_file_is_made(tmp_path):
    assert write_prompts([], "openai-batch", tmp_path / "p.jsonl") == []
    assert not list(tmp_path.iterdir())


# ---- programs in -------------------------------------------------------------------------------


def test_an_imported_reply_is_the_call_that_the_study_would_have_made(tmp_path):
    asked, given = tmp_path / "asked", tmp_path / "given"
    for folder in (asked, given):
        folder.mkdir()
        write_study(folder, ["script-generator"])
    keys = keys_of(given / "study.toml")
    take(given / "study.toml", write_lines(tmp_path / "r.jsonl", map(batch_result, keys)))
    with run(asked / "study.toml") as one, run(given / "study.toml") as other:
        calls = {call.id: call for call in one.store.calls()}
        for call in other.store.calls():
            assert (call.messages, call.sampling) == (
                calls[call.id].messages,
                calls[call.id].sampling,
            )
        assert {call.id for call in other.store.calls()} == calls.keys()
        rows, others = (study.rows().drop(columns="time") for study in (one, other))
        assert rows.equals(others)
        assert one.scaffolds().equals(other.scaffolds())


def test_a_study_runs_with_imported_programs_alone(elsewhere, tmp_path):
    take(elsewhere, write_lines(tmp_path / "r.jsonl", map(batch_result, keys_of(elsewhere))))
    with run(elsewhere) as study:
        assert study.rows()["assisted_letter"].tolist() == ["A"] * 5
        assert study.prompts() == []
        calls = study.calls().set_index("model")
        assert set(calls.loc["elsewhere", "prompt_tokens"]) == {321}
        assert set(calls.loc["elsewhere", "reply_tokens"]) == {45}


def test_thoughts_are_on_record_apart_from_the_reply(elsewhere, tmp_path):
    keys = keys_of(elsewhere)
    told = batch_result(keys[1])
    told["response"]["body"]["choices"][0]["message"]["reasoning_content"] = "Let me see."
    lines = [batch_result(keys[0], f"<think>Let me see.</think>{REPLY}"), told]
    take(elsewhere, write_lines(tmp_path / "r.jsonl", lines))
    with Study.open(tmp_path) as study:
        calls = study.calls()
        assert calls["reply"].tolist() == [REPLY] * 2
        assert sorted(calls["thoughts"]) == ["<think>Let me see.</think>", "Let me see."]


def test_units_without_a_program_wait_and_never_stop_the_run(elsewhere, tmp_path):
    elsewhere.write_text(elsewhere.read_text() + "max_failures = 1\n")
    keys = keys_of(elsewhere)
    take(elsewhere, write_lines(tmp_path / "some.jsonl", map(batch_result, keys[3:])))
    with run(elsewhere) as study:
        assert len(study.rows()) == 2
        assert sum(failure["units"] for failure in study.failures()) == 3
    take(elsewhere, write_lines(tmp_path / "rest.jsonl", map(batch_result, keys[:3])))
    with run(elsewhere) as study:
        assert len(study.rows()) == 5
        assert study.failures() == []


def test_every_line_is_told(elsewhere, tmp_path):
    keys = keys_of(elsewhere)
    expired = {"custom_id": keys[4], "response": None, "error": {"code": "batch_expired"}}
    failed = {"error": {"message": "no such model", "type": "invalid_request_error"}}
    refused = {"custom_id": keys[4], "response": {"status_code": 400, "body": failed}}
    filtered = batch_result(keys[4], "", "content_filter")
    lines = [
        batch_result(keys[0]),
        batch_result(keys[0]),
        batch_result(keys[0], REPLY.replace("sum of", "total of")),
        batch_result(keys[1], "I can't."),
        batch_result(keys[2], REPLY[:80], "length"),
        batch_result("of-another-study"),
        {"program": PROGRAM},
        expired,
        refused,
        filtered,
        '{"custom_id": "half',
        "[1]",
        "",
        {"custom_id": keys[3], "words": 3},
        {"custom_id": keys[3], "program": PROGRAM, "model": "small"},
    ]
    done = take(elsewhere, write_lines(tmp_path / "r.jsonl", lines))
    assert done.outcomes == {
        "imported": 3,
        "no_program": 1,
        "already_there": 1,
        "conflict": 1,
        "no_such_item": 2,
        "provider_error": 3,
        "unreadable": 3,
        "blank": 1,
    }
    assert sum(done.outcomes.values()) == done.files[0].lines == len(lines)
    assert len(done.left_out) == 9
    assert done.left_out[0].where == "r.jsonl line 3"
    assert any("batch_expired" in line.why for line in done.left_out)
    assert any("no such model" in line.why for line in done.left_out)
    assert done.missing == 1
    assert done.files[0].writers == {"big-model-2026": 3, "small": 1}


def test_of_two_replies_to_a_prompt_the_first_is_kept(elsewhere, tmp_path):
    key = keys_of(elsewhere)[0]
    other = REPLY.replace("sum of", "total of")
    take(elsewhere, write_lines(tmp_path / "one.jsonl", [batch_result(key)]))
    done = take(elsewhere, write_lines(tmp_path / "two.jsonl", [batch_result(key, other)]))
    assert done.outcomes["conflict"] == 1
    with Study.open(tmp_path) as study:
        assert study.calls()["reply"].tolist() == [REPLY]


def test_the_same_program_in_other_words_is_no_conflict(elsewhere, tmp_path):
    key = keys_of(elsewhere)[0]
    take(elsewhere, write_lines(tmp_path / "one.jsonl", [batch_result(key)]))
    again = {"custom_id": key, "program": PROGRAM}
    done = take(elsewhere, write_lines(tmp_path / "two.jsonl", [again]))
    assert done.outcomes["already_there"] == 1


def test_an_import_can_be_repeated(elsewhere, tmp_path):
    file = write_lines(tmp_path / "r.jsonl", map(batch_result, keys_of(elsewhere)))
    first, second = take(elsewhere, file), take(elsewhere, file)
    assert (first.outcomes["imported"], second.outcomes["already_there"]) == (5, 5)
    with Study.open(tmp_path) as study:
        assert len(imports(study.store)) == 1


def test_an_import_that_fails_takes_nothing(elsewhere, tmp_path):
    file = write_lines(tmp_path / "r.jsonl", map(batch_result, keys_of(elsewhere)))
    with pytest.raises(ModelError, match="no such file"):
        take(elsewhere, file, tmp_path / "absent.jsonl")
    with Study.open(tmp_path) as study:
        assert study.calls().empty
        assert study.scaffolds().empty
        assert imports(study.store) == []
    assert take(elsewhere, file).outcomes["imported"] == 5


def test_who_wrote_a_program_is_on_record(elsewhere, tmp_path):
    keys = keys_of(elsewhere)
    lines = [batch_result(keys[0]), {"custom_id": keys[1], "code": PROGRAM}]
    take(elsewhere, write_lines(tmp_path / "r.jsonl", lines), writer="a person")
    with run(elsewhere) as study:
        [event] = imports(study.store)
        assert len(event["sha256"]) == 64
        told = sorted((call["writer"], call["where"]) for call in event["calls"].values())
        assert told == [("a person", "r.jsonl line 2"), ("big-model-2026", "r.jsonl line 1")]
        assert all(call["stands"] for call in event["calls"].values())
        report = study.report().read_text("utf-8")
    assert "programs imported" in report
    assert "big-model-2026" in report


def test_a_program_that_is_asked_again_no_longer_stands(elsewhere, tmp_path):
    file = write_lines(tmp_path / "r.jsonl", map(batch_result, keys_of(elsewhere)))
    take(elsewhere, file)
    run(elsewhere).close()
    with Study.open(tmp_path) as study:
        study.redo(model="elsewhere")
        assert not any(call["stands"] for call in imports(study.store)[0]["calls"].values())
    assert len(keys_of(elsewhere)) == 5
    assert take(elsewhere, file).outcomes["imported"] == 5


def test_a_folder_of_programs_is_taken_by_item(elsewhere, tmp_path):
    folder = tmp_path / "programs"
    folder.mkdir()
    prompts = missing_prompts(StudyConfig.load(elsewhere))
    forms = [PROGRAM, PROGRAM.replace("\n", "\r\n"), "\ufeff" + PROGRAM, f"# no\n\n{PROGRAM}"]
    for prompt, text in zip(prompts, forms, strict=False):
        (folder / f"{prompt.items[0].id}.py").write_bytes(text.encode())
    (folder / "README.md").write_text("words")
    (folder / "other-item.py").write_text(PROGRAM)
    (folder / "odd.py").write_bytes(b"\xff\xfe\xff")
    done = take(elsewhere, folder, writer="a person")
    assert done.outcomes["imported"] == 4
    assert (done.outcomes["no_such_item"], done.outcomes["unreadable"]) == (1, 1)
    with Study.open(tmp_path) as study:
        sources = set(study.scaffolds()["source"])
    assert sources == {text.removeprefix("\ufeff") for text in forms}


def test_a_single_program_is_taken_by_its_name(elsewhere, tmp_path):
    prompt = missing_prompts(StudyConfig.load(elsewhere))[2]
    file = tmp_path / f"{prompt.items[0].id}.py"
    file.write_text(PROGRAM)
    assert take(elsewhere, file).outcomes["imported"] == 1


def test_a_program_for_an_item_of_several_generators_needs_a_name(tmp_path):
    path = write_study(tmp_path, ["elsewhere", "script-generator"])
    item = missing_prompts(StudyConfig.load(path))[0].items[0]
    file = write_lines(tmp_path / "r.jsonl", [{"item_id": item.id, "program": PROGRAM}])
    assert take(path, file).outcomes["no_such_item"] == 1
    assert take(path, file, generator="elsewhere").outcomes["imported"] == 1
    with pytest.raises(ConfigError, match="did you mean 'elsewhere'"):
        take(path, file, generator="elswhere")


@pytest.mark.parametrize(
    "text",
    [
        lambda key: json.dumps([{"id": key, "code": PROGRAM}]),
        lambda key: json.dumps({key: PROGRAM}),
        lambda key: json.dumps({key: {"reply": REPLY}}, indent=2),
        lambda key: json.dumps({"item": key, "response": REPLY}),
        lambda key: "\ufeff" + json.dumps({"item_id": key, "text": REPLY}) + "\r\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_json_is_read_in_the_shapes_it_comes_in(elsewhere, tmp_path, text, encoding):
    prompt = missing_prompts(StudyConfig.load(elsewhere))[0]
    file = tmp_path / "r.json"
    file.write_bytes(text(prompt.items[0].id).lstrip("\ufeff").encode(encoding))
    assert take(elsewhere, file).outcomes["imported"] == 1
    with Study.open(tmp_path) as study:
        assert study.scaffolds()["source"].tolist() == [PROGRAM]


def test_results_of_other_interfaces_are_read(elsewhere, tmp_path):
    keys = keys_of(elsewhere)
    parts = [{"type": "output_text", "text": REPLY}]
    output = [{"type": "reasoning", "summary": []}, {"type": "message", "content": parts}]
    body = {"object": "response", "model": "m1", "output": output, "usage": {"input_tokens": 9}}
    message = {
        "model": "m2",
        "content": [{"type": "text", "text": REPLY}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 7, "output_tokens": 8},
    }
    lines = [
        {"custom_id": keys[0], "response": {"status_code": 200, "body": body}, "error": None},
        {"custom_id": keys[1], "result": {"type": "succeeded", "message": message}},
        {"custom_id": keys[2], "result": {"type": "expired"}},
        {"custom_id": keys[3], **batch_result("")["response"]["body"]},
    ]
    done = take(elsewhere, write_lines(tmp_path / "r.jsonl", lines))
    assert (done.outcomes["imported"], done.outcomes["provider_error"]) == (3, 1)
    assert done.files[0].writers == {"big-model-2026": 1, "m1": 1, "m2": 1}


def test_a_program_with_details_beside_it_is_no_error(elsewhere, tmp_path):
    key = keys_of(elsewhere)[0]
    line = {"custom_id": key, "program": PROGRAM, "error": None, "detail": "from the first round"}
    assert take(elsewhere, write_lines(tmp_path / "r.jsonl", [line])).outcomes["imported"] == 1


@settings(deadline=None, max_examples=200)
@given(program=st.text(alphabet="`~\n 'x=#\"", max_size=60))
def test_a_program_made_a_reply_is_found_in_it_unchanged(program):
    source = f"def solve(item, ask):\n    return 'A'\n\nx = {program!r}\n"
    assert extract_program(as_reply(source)) == source


SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("custom_id", "response", "body", "choices", "message", "content", "error"),
                    *("result", "type", "usage", "output", "program", "text", "status_code", "id"),
                    *("finish_reason", "model", "input_tokens", "incomplete_details"),
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(value=SHAPES)
def test_whatever_a_line_holds_is_told(tmp_path_factory, value):
    file = tmp_path_factory.getbasetemp() / "any.jsonl"
    file.write_text(json.dumps(value) + "\n" + json.dumps({"x": value}) + "\n")
    assert all(line.kind and line.where for line in read_program_files(file))


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=80), name=st.sampled_from(["a.jsonl", "a.json", "a.py", "a"]))
def test_whatever_a_file_holds_is_told(tmp_path_factory, data, name):
    file = tmp_path_factory.getbasetemp() / name
    file.write_bytes(data)
    assert all(line.kind and line.where for line in read_program_files(file))


# ---- generators that are made of programs ------------------------------------------------------


@pytest.fixture
def served(tmp_path):
    """A study whose generator is a folder with a program for each item but the last."""
    path = write_study(tmp_path, registry=ELSEWHERE + 'path = "programs"\n')
    (tmp_path / "programs").mkdir()
    for prompt in missing_prompts(StudyConfig.load(path))[:4]:
        (tmp_path / "programs" / f"{prompt.items[0].id}.py").write_text(PROGRAM)
    return path


def test_a_folder_of_programs_is_a_generator(served, tmp_path):
    assert len(keys_of(served)) == 1
    with run(served) as study:
        assert study.rows()["assisted_letter"].tolist() == ["A"] * 4
        assert len(study.failures()) == 1
        sources = study.scaffolds()["source"].tolist()
    assert sources == [PROGRAM] * 4


def test_where_the_programs_lie_is_not_what_they_are(served, tmp_path):
    with run(served) as study:
        before = study.rows()
    (tmp_path / "programs").rename(tmp_path / "moved")
    lines = [
        {"item_id": file.stem, "program": file.read_text()}
        for file in (tmp_path / "moved").iterdir()
    ]
    write_lines(tmp_path / "one-file.jsonl", lines)
    registry = tmp_path / "registry.toml"
    text = registry.read_text()
    for place in ("moved", "one-file.jsonl"):
        registry.write_text(
            text.replace('"programs"\n', f'"{place}"\n', 2).replace(
                f'backend = "{place}"', 'backend = "programs"'
            )
        )
        with run(served) as study:
            assert study.rows().equals(before)


def test_another_program_makes_another_generator(served, tmp_path):
    with run(served) as study:
        before = set(study.rows()["id"])
    keys = keys_of(served)
    one = next((tmp_path / "programs").iterdir())
    one.write_text(PROGRAM.replace("sum of", "the sum of"))
    assert keys_of(served) == keys
    with run(served) as study:
        assert len(study.rows()) == 4
        assert not before & set(study.rows()["id"])


def test_results_of_a_batch_are_a_generator(tmp_path):
    path = write_study(tmp_path, registry=ELSEWHERE + 'path = "results.jsonl"\n')
    write_lines(tmp_path / "results.jsonl", [])
    write_lines(tmp_path / "results.jsonl", map(batch_result, keys_of(path)))
    with run(path) as study:
        assert study.rows()["assisted_letter"].tolist() == ["A"] * 5


def test_a_generator_of_programs_must_be_where_its_card_says(tmp_path):
    path = write_study(tmp_path, registry=ELSEWHERE + 'path = "absent"\n')
    with pytest.raises(ModelError, match="no such file"):
        keys_of(path)


def test_models_check_counts_programs(served, tmp_path):
    (tmp_path / "programs" / "empty.py").write_text("")
    one = Registry.load(tmp_path / "registry.toml").get("elsewhere")
    found = check_model(one)
    assert (found.problem, len(found.sha256)) == (None, 64)
    assert found.remarks[0] == "4 programs"
    assert "programs/empty.py" in found.remarks[1]


def test_a_plan_takes_programs_to_cost_nothing(served, tmp_path):
    loads = plan_study(StudyConfig.load(served), tmp_path).loads
    [load] = [load for load in loads if load.purpose == "scaffolds"]
    assert (load.prompt_tokens, load.reply_tokens, load.seconds) == (0, 0, 0)


def test_a_solver_can_not_be_made_of_programs(tmp_path):
    one = ModelCard("p", ("solver",), "programs", "f", None, "none", 100, "l", "s", None)
    with pytest.raises(ModelError, match="generator"):
        ProgramsModel(one, tmp_path)


# ---- what becomes of it ------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["imported", "served"])
def test_a_package_with_programs_from_elsewhere_verifies(way, request, tmp_path):
    path = request.getfixturevalue("elsewhere" if way == "imported" else "served")
    if way == "imported":
        keys = keys_of(path)
        lines = [*map(batch_result, keys[:4]), batch_result(keys[4], "no program")]
        take(path, write_lines(tmp_path / "r.jsonl", lines))
    run(path).close()
    package = export_package(tmp_path, tmp_path / "out.zip")
    found = verify_package(package, isolation="limits")
    assert found.problems == ()


def command(folder, *arguments):
    return CliRunner().invoke(cli, ["study", *map(str, arguments)], catch_exceptions=False)


def test_the_commands_go_there_and_back(elsewhere, tmp_path):
    out = tmp_path / "p.jsonl"
    done = command(tmp_path, "prompts", elsewhere, "--format", "openai-batch", "--out", out)
    assert done.exit_code == 0
    assert "5 prompts" in done.output
    keys = [json.loads(line)["custom_id"] for line in out.read_text().splitlines()]
    results = write_lines(tmp_path / "r.jsonl", map(batch_result, keys))
    done = command(tmp_path, "import", elsewhere, results, "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["outcomes"]["imported"] == 5
    done = command(tmp_path, "prompts", tmp_path, "--out", tmp_path / "rest.jsonl")
    assert "nothing was written" in done.output


def test_prompts_are_printed_where_no_file_is_named(elsewhere):
    lines = command(None, "prompts", elsewhere).output.splitlines()
    assert len([json.loads(line)["custom_id"] for line in lines]) == 5
    told = json.loads(command(None, "prompts", elsewhere, "--json").output)
    assert (told["prompts"], told["lines"]) == (5, [line + "\n" for line in lines])


def test_a_study_in_the_hand_takes_programs_too(elsewhere, tmp_path):
    with run(elsewhere) as study:
        file = write_lines(tmp_path / "r.jsonl", [batch_result(study.prompts()[0].key)])
        assert study.import_programs(file).missing == 4 == len(study.prompts())


def test_an_import_in_the_current_folder_needs_no_study_named(elsewhere, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "r.jsonl", map(batch_result, keys_of(elsewhere)))
    assert command(tmp_path, "import", "r.jsonl").exit_code == 0


def test_an_import_that_leaves_a_line_out_says_so_and_exits_with_1(elsewhere, tmp_path):
    lines = [batch_result(keys_of(elsewhere)[0]), batch_result("of-another-study")]
    done = command(tmp_path, "import", elsewhere, write_lines(tmp_path / "r.jsonl", lines))
    assert done.exit_code == 1
    assert "r.jsonl line 2: no such item" in done.output
    assert "4 prompts still have no reply" in done.output


def test_programs_of_a_real_model_come_into_a_study(tmp_path, shared_data):
    """Forty scaffolds that a large model wrote; ten are for items of this file."""
    source = shared_data / "aqua_rat" / "test.json"
    path = write_study(tmp_path)
    text = path.read_text().replace('["items.jsonl"]', json.dumps([str(source)]))
    path.write_text(text)
    done = take(path, shared_data / "programs" / "pilot_scaffolds.jsonl", writer="a large model")
    assert (done.outcomes["imported"], done.outcomes["no_such_item"]) == (10, 30)
    written = [
        json.loads(line)["source"]
        for line in (shared_data / "programs" / "pilot_scaffolds.jsonl").open()
    ]
    with Study.open(tmp_path) as study:
        assert set(study.scaffolds()["source"]) <= set(written)
