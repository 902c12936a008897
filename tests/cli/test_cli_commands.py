from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from cgr_nb.cli import COMMANDS, cli


def cgr_nb(*arguments, **options):
    """The command as a person runs it."""
    return subprocess.run(
        [sys.executable, "-m", "cgr_nb.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        **options,
    )


def all_commands():
    context = CliRunner()
    found = []

    def walk(command, path):
        found.append(path)
        for name, sub in getattr(command, "commands", {}).items():
            walk(sub, [*path, name])

    for name in COMMANDS:
        walk(cli.get_command(context, name), [name])
    return found


@pytest.mark.parametrize("path", all_commands(), ids=" ".join)
def test_every_command_has_help_that_says_what_it_does(path):
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert result.output.splitlines()[2].strip()


@pytest.mark.parametrize("path", all_commands(), ids=" ".join)
def test_every_command_is_in_the_readme(path, repository):
    assert f"cgr-nb {' '.join(path)}" in (repository / "README.md").read_text("utf-8")


def test_help_of_the_command_lists_every_command():
    said = cgr_nb("--help").stdout
    assert all(f"  {name} " in said for name in COMMANDS)


@pytest.mark.parametrize("path", [[], *all_commands()], ids=" ".join)
def test_a_list_of_commands_cuts_no_sentence(path):
    said = CliRunner().invoke(cli, [*path, "--help"], terminal_width=60).output
    listed = said.partition("Commands:")[2]
    assert not re.search(r"\w\.\.\.$", listed, re.MULTILINE)


def test_an_expected_error_is_one_line_and_exit_code_2(tmp_path):
    result = cgr_nb("study", "status", tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("cgr-nb: ")
    assert len(result.stderr.splitlines()) == 1
    assert "no study here" in result.stderr


def test_a_wrong_option_is_exit_code_2_without_a_traceback():
    result = cgr_nb("demo", "--nonsense")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_an_unknown_command_is_exit_code_2_without_a_traceback():
    result = cgr_nb("nonsense")
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_items_check_counts_every_row_and_guesses_the_adapter(repository):
    file = repository / "fixtures" / "items" / "mini-aime.jsonl"
    result = cgr_nb("items", "check", file, "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)["files"][0]
    lines = len(file.read_text("utf-8").splitlines())
    assert found["rows"] == found["accepted"] == lines


def test_models_list_shows_the_bundled_models():
    cards = {card["name"]: card for card in json.loads(cgr_nb("models", "list", "--json").stdout)}
    assert cards["tiny-solver"]["roles"] == ["solver"]
    assert cards["tiny-generator"]["roles"] == ["generator"]
    of_weights = [card for card in cards.values() if card["backend"] == "llama_cpp"]
    assert len(of_weights) == 7
    assert all(len(card["sha256"]) == 64 for card in of_weights)
    assert cards["everyday-scaffolds"]["roles"] == ["generator"]


@pytest.fixture(scope="module")
def doctor():
    """What the command says of this machine."""
    return json.loads(cgr_nb("doctor", "--json").stdout)


def test_doctor_tells_isolation_llama_and_packages(doctor):
    found = doctor
    assert found["isolation"]["level"] in ("strict", "partial", "limits")
    assert found["packages"]["jupyterlab"] != "missing"
    assert found["llama_cpp"]["llama_cpp"]
    assert found["memory_gb"] > 0


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("missing.jsonl", None),
        ("empty.jsonl", ""),
        ("no-item.jsonl", '{"question": "?", "options": {"A": "1"}, "gold": "Z"}\n'),
    ],
)
def test_items_check_tells_a_script_that_a_file_is_of_no_use(name, text, tmp_path):
    if text is not None:
        (tmp_path / name).write_text(text)
    assert cgr_nb("items", "check", tmp_path / name).returncode == 1


@pytest.mark.parametrize(
    ("layers", "level", "named"),
    [
        ("landlock", "partial", "landlock"),
        ("seccomp", "partial", "seccomp"),
        ("namespaces", "strict", "namespaces"),
        ("landlock,seccomp,namespaces", "limits", "seccomp"),
    ],
)
def test_doctor_tells_the_truth_where_a_wall_is_missing(layers, level, named, repository, doctor):
    if doctor["isolation"]["missing"]:
        pytest.skip("this machine lacks a wall already")
    script = (
        f"import sys; sys.path.insert(0, {str(repository / 'tests' / 'sandbox')!r})\n"
        f"from sandbox_crippled import take_away\ntake_away({layers.split(',')!r})\n"
        "from cgr_nb.cli import main\n"
        "sys.argv = ['cgr-nb', 'doctor', '--json']\nsys.exit(main())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["isolation"]
    assert told["level"] == level
    assert any(named in text.lower() for text in told["missing"])
    assert not any(text.lower().startswith(named) for text in told["in_force"])
