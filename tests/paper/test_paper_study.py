"""From an empty folder to a study: plan, fetch from a loopback hub, set up, run, absence on
record."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from loopback_endpoint import running_endpoint
from loopback_hub import running_hub

from cgr_nb import Study
from cgr_nb.errors import ConfigError
from cgr_nb.items import dataset_sources
from cgr_nb.models import add_endpoint
from cgr_nb.paper import (
    fetch_part,
    look,
    plan_paper,
    read_absent,
    write_paper_study,
)
from cgr_nb.study import StudyConfig

MEDQA = "datasets/GBaker/MedQA-USMLE-4-options/phrases_no_exclude_test.jsonl"
PROGRAM = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    return "B" if "B" in ask("Which?") else "A"
```"""


def medqa(number: int) -> bytes:
    row = {
        "question": f"What is {number}?",
        "options": {"A": "one", "B": "two"},
        "answer_idx": "B",
        "answer": "two",
    }
    return json.dumps(row).encode() + b"\n"


@pytest.fixture
def hub(monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with running_hub() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        hub.files[MEDQA] = b"".join(map(medqa, range(8)))
        yield hub


@pytest.fixture
def folder(tmp_path):
    """A study's folder whose registry has scripted models under two of the shipped names."""
    place = tmp_path / "paper"
    place.mkdir()
    cards = [
        (
            "qwen2.5-0.5b",
            "solver",
            {"rules": [[r"^What is \d\?$", "two"], [r"^g\?$", "9.8"], ["", "Answer: B"]]},
        ),
        ("my-endpoint", "generator", {"rules": [["", PROGRAM]]}),
    ]
    (place / "models.toml").write_text(
        "\n".join(
            f'[[model]]\nname = "{name}"\nroles = ["{role}"]\nbackend = "scripted"\n'
            f'family = "none"\nquantisation = "none"\ncontext_tokens = 100000\nlicence = "none"\n'
            f"source = 'a script'\noptions = {{ rules = {json.dumps(options['rules'])} }}\n"
            for name, role, options in cards
        )
    )
    return place


def part(folder, name):
    return next(one for one in look(folder) if one.name == name)


def test_a_plan_of_an_empty_folder_counts_the_whole_study_and_writes_nothing(tmp_path):
    plan = plan_paper(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    assert (plan.whole.datasets, plan.whole.solvers) == (9, 6)
    items = sum(min(400, source.rows) for source in dataset_sources().values())
    assert plan.whole.rows == items * 6
    # One scaffold an item; one direct call and four asks a row.
    assert plan.whole.calls == items + 6 * items * 5
    assert plan.whole.hours > 0
    assert (plan.here.rows, plan.study) == (0, None)
    assert len(plan.absent) == 16
    assert all(one.why and one.get for one in plan.absent)


def test_a_set_is_fetched_and_then_counted(hub, tmp_path):
    assert not part(tmp_path, "medqa").present
    fetch_part(part(tmp_path, "medqa"), tmp_path)
    found = part(tmp_path, "medqa")
    assert (found.present, found.items, found.get) == (True, 8, "")
    assert found.characters == len("What is 0?onetwo")


def test_a_plan_does_not_ask_an_endpoint_even_when_it_tries_models(hub, folder):
    fetch_part(part(folder, "medqa"), folder)
    with running_endpoint() as endpoint:
        add_endpoint(
            folder / "models.toml", "far", ["generator"], {"base_url": endpoint.url}, 100000
        )
        text = (folder / "models.toml").read_text()
        (folder / "models.toml").write_text(text.replace('["generator"]', '["solver"]', 1))
        plan = plan_paper(folder, 3, try_models=True)
        assert plan.study is not None, plan.problem
        assert "far" in {load.model for load in plan.study.loads}
        assert endpoint.bodies == []


def test_a_damaged_set_is_absent_with_its_reason(tmp_path):
    place = tmp_path / "items" / "mmlu_pro" / "test-00000-of-00001.parquet"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"PAR1 no")
    found = part(tmp_path, "mmlu_pro")
    assert not found.present
    assert found.why


def test_weights_of_another_size_are_not_taken_for_the_right_ones(tmp_path):
    place = tmp_path / "models" / "gemma-2-2b-it-Q4_K_M.gguf"
    place.parent.mkdir()
    place.write_bytes(b"GGUF")
    found = part(tmp_path, "gemma-2-2b")
    assert not found.present
    assert "has 4 bytes, the right file 1,708,582,752" in found.why


def test_what_is_here_becomes_a_study_that_runs_and_the_rest_is_on_record(hub, folder):
    fetch_part(part(folder, "medqa"), folder)
    plan = plan_paper(folder, 3, try_models=True)
    assert (plan.here.datasets, plan.here.solvers, plan.here.items) == (1, 1, 3)
    assert plan.study is not None, plan.problem
    assert plan.study.rows == 3
    config = write_paper_study(folder, per_dataset=3)
    assert config.items.files == ("items/medqa/phrases_no_exclude_test.jsonl",)
    assert StudyConfig.load(folder / "study.toml") == config
    with Study.run(folder / "study.toml", folder, progress=False) as study:
        rows = study.rows()
    assert list(rows["direct_letter"]) == ["B"] * 3
    assert set(rows["generator"]) == {"my-endpoint"}
    absent = {one.name: one for one in read_absent(folder)}
    assert len(absent) == 8 + 5 + 1
    assert absent["qwen2.5-coder-7b"].kind == "generator"
    assert "no public file" in absent["physicsqa"].why
    assert "medqa" not in absent


def test_more_that_comes_later_is_added_to_the_same_study(hub, folder):
    fetch_part(part(folder, "medqa"), folder)
    write_paper_study(folder, per_dataset=2)
    Study.run(folder / "study.toml", folder, progress=False).close()
    mine = folder / "items" / "physicsqa" / "mine.jsonl"
    mine.parent.mkdir()
    mine.write_text('{"question": "g?", "options": {"A": "9.8", "B": "1"}, "answer": "A"}\n{}\n')
    write_paper_study(folder, per_dataset=2)
    with Study.run(folder / "study.toml", folder, progress=False) as study:
        assert dict(study.rows()["dataset"].value_counts()) == {"medqa": 2, "physicsqa": 1}
    lost = next(one for one in read_absent(folder) if one.kind == "rows")
    assert (lost.name, "1 of 2 rows are no items" in lost.why) == ("physicsqa", True)


def test_a_registry_of_ones_own_keeps_its_cards(hub, folder):
    fetch_part(part(folder, "medqa"), folder)
    before = (folder / "models.toml").read_text()
    write_paper_study(folder)
    assert (folder / "models.toml").read_text().startswith(before)


def test_with_nothing_here_the_record_is_written_and_the_next_step_said(tmp_path):
    with pytest.raises(ConfigError, match=r"no dataset is here yet.*cgr-nb paper fetch aime"):
        write_paper_study(tmp_path)
    assert len(read_absent(tmp_path)) == 16
    assert not (tmp_path / "study.toml").exists()


def test_a_study_file_written_by_hand_is_never_touched(hub, folder):
    fetch_part(part(folder, "medqa"), folder)
    (folder / "study.toml").write_text("# mine\n")
    with pytest.raises(ConfigError, match="written by hand"):
        write_paper_study(folder)
    assert (folder / "study.toml").read_text() == "# mine\n"


def test_an_unknown_generator_is_refused(folder):
    with pytest.raises(ConfigError, match="there is no generator 'nobody'"):
        write_paper_study(folder, ["nobody"])


def test_no_record_of_absence_means_that_nothing_is_known_to_be_absent(tmp_path):
    assert read_absent(tmp_path) == ()
    (tmp_path / "absent.toml").write_text("absent = [1]\n")
    with pytest.raises(ConfigError, match="can't be read"):
        read_absent(tmp_path)


def cgr_nb(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "cgr_nb.cli", "paper", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env=dict(os.environ),
    )


def test_plan_fetch_and_init_from_a_terminal(hub, folder):
    plan = cgr_nb("plan", folder, cwd=folder)
    assert plan.returncode == 0, plan.stderr
    assert "get it: cgr-nb paper fetch medqa" in plan.stdout
    fetched = cgr_nb("fetch", "medqa", "physicsqa", "--into", folder, "--json", cwd=folder)
    assert fetched.returncode == 1
    assert list(json.loads(fetched.stdout)["problems"]) == ["physicsqa"]
    made = cgr_nb("init", folder, "--per-dataset", 2, "--json", cwd=folder)
    assert made.returncode == 0, made.stderr
    assert len(json.loads(made.stdout)["absent"]) == 14
    planned = json.loads(cgr_nb("plan", folder, "--json", cwd=folder).stdout)
    assert planned["study"]["rows"] == 8


def test_a_name_that_is_not_needed_is_a_mistake_of_the_call(tmp_path):
    result = cgr_nb("fetch", "nonsense", "--into", tmp_path, cwd=tmp_path)
    assert result.returncode == 2
    assert "none of aime, medqa" in result.stderr
