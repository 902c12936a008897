"""What commands print with `--json` is what the documentation's schemas say."""

from __future__ import annotations

import json
import shlex

import jsonschema
import pytest
from click.testing import CliRunner

from cgr_nb.cli import cli

pytestmark = pytest.mark.slow
ITEM = '{"question": "1 + 1?", "options": {"A": "2", "B": "3"}, "gold": "A"}\n{"question": 3}\n'
STUDY = """\
[items]
files = ["items.jsonl"]
[models]
solvers = ["tiny-solver"]
generators = ["tiny-generator"]
[generator]
max_tokens = 320
"""
LINES = """\
items check items.jsonl
items check absent.jsonl
items fetch
study init all.toml
study schema
study schema --registry
study prompts study.toml --study mine --format jsonl
study prompts study.toml --study mine --format jsonl --out prompts.jsonl
study plan study.toml --quick
study run study.toml --out mine
study run study.toml --out part --phase generate
study run study.toml --out part --phase answer --shard tiny-solver:0/1
study submit study.toml --out part --shards 1 --phase generate
study submit study.toml --out part --executor slurm --dry-run
study submit study.toml --out part --cancel
study import prompts.jsonl --study mine
study status mine
study redo mine --model tiny-solver --dry-run
study redo mine --model tiny-solver
study status mine
study publish mine --to shared
study fetch shared/mine --out fetched
study status shared
study merge shared --out merged
audit cgr-demo
report mine
compare cgr-demo
compare cgr-demo --arm direct --arm-b generator_only -o two.html
export mine -o mine.zip
export mine --format lm-eval -o lm-eval
verify mine.zip --no-replay
verify items.jsonl
prompts list
prompts copy direct
models list
models check tiny-solver absent-gguf
models find --folder empty
models add tiny.gguf --name tiny
paper plan paper --per-dataset 2
doctor
""".splitlines()
ELSEWHERE = {
    "demo": "by the study that all tests share",
    "rerun": "executes notebooks: held against its schema by the tests of the README",
    "bench engine": "measures; its tests are those of the bench",
    "bench sandbox": "measures; its tests are those of the bench",
    "models fetch": "needs a network",
    "view": "listens until it is stopped: held against its schema by the tests of the viewer",
    "paper fetch": "needs a network",
    "paper init": "needs the paper's datasets",
}


@pytest.fixture(scope="module")
def outputs(parts):
    from parts.json_outputs import OUTPUTS

    return OUTPUTS


@pytest.fixture(scope="module")
def printed(workplace, repository):
    """Command lines -> the documents that they printed, in the order in which they ran."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workplace)
        (workplace / "items.jsonl").write_text(ITEM, "utf-8")
        (workplace / "study.toml").write_text(STUDY, "utf-8")
        (workplace / "empty").mkdir(exist_ok=True)
        weights = repository / "fixtures" / "models" / "tiny-solver-q8_0.gguf"
        (workplace / "tiny.gguf").write_bytes(weights.read_bytes())
        for line in LINES:
            result = CliRunner().invoke(cli, [*shlex.split(line), "--json"])
            if result.stdout.strip():
                found.append((line, json.loads(result.stdout)))
            else:
                assert result.exception is not None
                found.append((line, result.exception))
    return found


def name_of(line, outputs):
    words = line.split()
    return " ".join(words[:2]) if " ".join(words[:2]) in outputs else words[0]


def test_every_command_has_a_schema_and_every_schema_is_one(outputs, parts):
    from parts.commands import commands

    assert set(outputs) == {name.removeprefix("cgr-nb ") for name, _, _ in commands()}
    for schema in outputs.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    tried = {name_of(line, outputs) for line in LINES}
    assert tried | set(ELSEWHERE) == set(outputs)
    assert not tried & set(ELSEWHERE)


def test_every_document_is_what_its_schema_says(outputs, printed):
    documents = [(line, said) for line, said in printed if not isinstance(said, Exception)]
    assert len(documents) >= len(LINES) - 2
    for line, said in documents:
        validator = jsonschema.Draft202012Validator(outputs[name_of(line, outputs)])
        wrong = [
            f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(said)
        ]
        assert wrong == [], line


def test_the_demo_prints_what_its_schema_says(outputs, demo_of_three):
    said = json.loads((demo_of_three / "said.json").read_text("utf-8"))
    jsonschema.validate(said, outputs["demo"], jsonschema.Draft202012Validator)


def test_a_schema_tells_a_document_with_another_key(outputs, printed):
    said = next(said for line, said in printed if line.startswith("study status"))
    schema = outputs["study status"]
    for changed in ({**said, "more": 1}, {**said, "done": "many"}, {"done": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(changed, schema, jsonschema.Draft202012Validator)
