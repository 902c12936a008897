"""Scripts of `tests/benchmarks` start, and those that need seconds run at their smallest size."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SCRIPTS = sorted(
    path.name
    for path in (HERE / "benchmarks").glob("*.py")
    if 'if __name__ == "__main__":' in path.read_text("utf-8")
)
SMALL = {
    "coverage.py": ("--studies", "2", "--print"),
    "simultaneous.py": ("--studies", "2", "--print"),
}
"""Script -> words with which it does all that it does, in little."""


def run(scripts):
    """What scripts came to, by name; each with some words."""
    given = [
        {"path": str(HERE / "benchmarks" / name), "words": [str(word) for word in words]}
        for name, *words in scripts
    ]
    done = subprocess.run(
        [sys.executable, str(HERE / "many_scripts.py")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def helped():
    found = run((name, "--help") for name in SCRIPTS)
    return dict(zip(SCRIPTS, found, strict=True))


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_starts_and_says_what_it_takes(name, helped):
    assert helped[name]["code"] == 0, helped[name]["out"]
    assert helped[name]["out"].startswith(f"usage: {name}")


def test_a_study_of_the_published_size_is_made_measured_and_merged_from_shards_in_little(tmp_path):
    study, shards = tmp_path / "study", tmp_path / "shards"
    steps = (
        ("full_size.py", "make", study, "--items", 9),
        ("full_size.py", "measure", study, "--only", "status"),
        ("sharding.py", "split", study, shards, "--shards", 7),
        ("sharding.py", "merge", study, shards),
    )
    found = run(steps)
    for (name, *_), one in zip(steps, found, strict=True):
        assert one["code"] == 0, (name, one["out"])
    assert found[0]["out"].startswith("54 rows, ")
    # Solvers have as many shards as can be, the first one more.
    assert "solver-1-1-of-2" in found[2]["out"]
    assert "lines that differ: 0" in found[3]["out"]


@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_script_runs_at_its_smallest_size(name):
    (found,) = run([(name, *SMALL[name])])
    assert found["code"] == 0, found["out"]
    assert found["out"].strip()
