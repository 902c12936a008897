"""What commands of a study load: those that print no summary need no pandas."""

from __future__ import annotations

import subprocess
import sys

import pytest
from shard_study import SOLVERS, write_shard_study
from test_layers import HEAVY

RUNS = """
import sys
from click.testing import CliRunner
from cgr_nb.cli import cli

result = CliRunner().invoke(cli, sys.argv[1:], catch_exceptions=False)
assert result.exit_code == 0, result.output
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_shard_study(tmp_path_factory.mktemp("light"), items=2)


def loaded(*arguments: object) -> set[str]:
    command = [sys.executable, "-c", RUNS, *map(str, arguments)]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_phases_and_the_status_load_nothing_heavy(file):
    shard = f"{SOLVERS[0]}:0/1"
    for arguments in (
        ("study", "run", file, "--phase", "generate"),
        ("study", "run", file, "--phase", "answer", "--shard", shard),
        ("study", "run", file, "--phase", "merge"),
        ("study", "status", file.parent),
    ):
        assert loaded(*arguments) & {*HEAVY, "jinja2"} == set(), arguments
