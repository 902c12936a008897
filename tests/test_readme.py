"""Every block of the README is run, or held against what it quotes."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import jsonschema
import pytest
from made_rows import arms_of, rows_of

from cgr_nb import Study
from cgr_nb.arms import arm_names
from cgr_nb.cli import main
from cgr_nb.extras import PACKAGES
from cgr_nb.models import Registry
from cgr_nb.study import StudyConfig

# About a minute of CPU in one fixture: long where the machine has other work.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def text(request):
    return (request.config.rootpath / "README.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def section(text: str, begin: str, end: str) -> str:
    """A section, without its heading."""
    return text.partition(begin)[2].partition(f"\n{end}")[0]


@pytest.fixture(scope="module")
def demo(demo_of_three, tmp_path_factory):
    """A folder in which the installed command has run a small demo, and what the command said. It
    was run before, as a user's may have been: from nothing, it is run by the tests of the wheel."""
    place = tmp_path_factory.mktemp("readme")
    shutil.copytree(demo_of_three / "study", place / "cgr-demo")
    result = run(["demo", "--per-dataset", "1"], place)
    assert result.returncode == 0, result.stderr
    return place, result.stdout


@pytest.fixture(scope="module")
def workplace(demo, text):
    """A folder as the README leaves it: a small demo study, and the study file it shows, with the
    one line more for further arms."""
    place, _ = demo
    (place / "study.toml").write_text("\n".join(blocks(text, "toml")[1::-1]))
    (place / "items.jsonl").write_text(
        '{"question": "1 + 1?", "options": {"A": "2", "B": "3"}, "gold": "A"}\n'
    )
    return place


def test_ci_runs_exactly_the_test_command(text, repository):
    command = blocks(text, "bash")[1].strip()
    assert command.endswith("-m pytest")
    assert command in (repository / ".ci" / "run").read_text("utf-8").splitlines()


def test_the_two_commands_install_all_that_they_use(text):
    demo, tests = blocks(text, "bash")[:2]
    assert ".venv/bin/pip install -e '.[all]'" in demo
    assert ".venv/bin/pip install -e '.[dev]'" in tests


def test_every_extra_is_told(text):
    named = re.findall(
        r"^\| `(\w+)` \|", section(text, "## Optional features", "## "), re.MULTILINE
    )
    # The weights of a model are no package that code imports.
    extras = {"all", "smollm2", *(package.extra for package in PACKAGES.values())}
    assert sorted(named) == sorted(extras)


def test_the_demo_command_runs_the_installed_command(text, demo):
    command = blocks(text, "bash")[0].strip().split(" && ")[-1]
    assert command == ".venv/bin/cgr-nb demo"
    place, said = demo
    report = said.splitlines()[-1].removeprefix("report: ")
    assert "<html" in (place / report).read_text("utf-8")


def run(arguments, place):
    return subprocess.run(
        [sys.executable, "-m", "cgr_nb.cli", *arguments], cwd=place, capture_output=True, text=True
    )


def clear(place):
    """Take away what the commands make once and then refuse to overwrite."""
    (place / "all-settings.toml").unlink(missing_ok=True)
    for name in ("for-inspect", "for-lm-eval"):
        shutil.rmtree(place / name, ignore_errors=True)


@pytest.fixture(scope="module")
def after_all_commands(text, workplace, repository):
    """The folder after the commands shown were run, in the order shown; and what they said."""
    lines = blocks(text, "bash")[2].strip().splitlines()
    commands = [shlex.split(line) for line in lines]
    assert {program for program, *_ in commands} == {"cgr-nb"}
    order = json.dumps([arguments for _, *arguments in commands])
    many = [sys.executable, repository / "tests" / "many_commands.py"]
    done = subprocess.run(many, cwd=workplace, input=order, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    results = dict(zip(lines, json.loads(done.stdout), strict=True))
    for line, result in results.items():
        assert result["code"] == 0, f"{line}: {result['err']}"
    return workplace, {line: result["out"] for line, result in results.items()}


def test_every_command_shown_runs_in_the_order_shown(after_all_commands):
    said = after_all_commands[1]
    assert said
    assert [line for line, output in said.items() if not output.strip()] == []


def test_every_command_shown_prints_json_of_its_schema(
    text, after_all_commands, repository, monkeypatch, capfd
):
    monkeypatch.syspath_prepend(str(repository / "docs"))
    from parts.json_outputs import OUTPUTS

    # What reaches the output of this process is read at the descriptor.
    workplace = after_all_commands[0]
    clear(workplace)
    monkeypatch.chdir(workplace)
    for line in blocks(text, "bash")[2].strip().splitlines():
        monkeypatch.setattr(sys, "argv", [*shlex.split(line), "--json"])
        code = main()
        said = capfd.readouterr()
        assert code == 0, f"{line}: {said.err}"
        words = line.split()[1:3]
        schema = OUTPUTS.get(" ".join(words)) or OUTPUTS[words[0]]
        jsonschema.validate(json.loads(said.out), schema, jsonschema.Draft202012Validator)


def test_the_notebooks_run_headless_from_items_to_a_verified_package(text, after_all_commands):
    out = after_all_commands[0] / "my-notebooks"
    config = StudyConfig.load(after_all_commands[0] / "study.toml")
    executed = sorted(path.stem for path in out.glob("*.ipynb"))
    assert executed == ["1-items", "2-generation", "3-run", "4-results", "5-audits", "6-package"]
    assert (out / "study" / "report" / "index.html").is_file()
    assert (out / "study.zip").is_file()
    with Study.open(out / "study") as study:
        rows = rows_of(study.store)
        assert len(rows) == config.items.per_dataset * len(config.items.files) > 1
        assert len({row.dataset for row in rows}) > 1
        assert config.arms
        assert len(arms_of(study.store)) == len(rows) * len(config.arms)
    package = json.loads((out / "6-package.ipynb").read_text("utf-8"))
    verified = "".join(package["cells"][-1]["outputs"][0]["data"]["text/html"])
    assert "replayed alike" in verified
    assert "<td>0</td>" not in verified.split("replayed alike")[1]


def test_every_python_block_runs(text, workplace, monkeypatch):
    monkeypatch.chdir(workplace)
    shown = blocks(text, "python")
    assert shown
    for block in shown:
        exec(compile(block, "README.md", "exec"), {})


def test_the_study_shown_is_a_valid_config(text):
    config = StudyConfig.from_dict(tomllib.loads(blocks(text, "toml")[0]))
    assert config.models.solvers == ("tiny-solver",)


def test_the_arms_told_are_the_arms_there_are(text):
    shown, study = tomllib.loads(blocks(text, "toml")[1]), tomllib.loads(blocks(text, "toml")[0])
    assert StudyConfig.from_dict({**shown, **study}).arms
    families = section(text, "| family | arms |", "`docs/arms.md`")
    assert set(re.findall(r"`(\w+)`[; (]", families)) - {"k", "shots"} == set(arm_names())


def test_the_model_card_shown_is_a_valid_card(text, tmp_path):
    (tmp_path / "models.toml").write_text(blocks(text, "toml")[2])
    assert Registry.load(tmp_path / "models.toml").get("my-solver").context_tokens == 4096


def test_every_block_is_of_a_kind_that_is_tested(text):
    fences = re.findall(r"^```(\w*)$", text, flags=re.MULTILINE)
    languages = fences[::2]
    assert set(languages) == {"bash", "python", "toml"}
    assert len(blocks(text, "bash")) == 3
    assert len(blocks(text, "toml")) == 3


def test_every_file_the_readme_links_to_is_there(text, repository):
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert linked
    assert [path for path in linked if not (repository / path).exists()] == []


def test_every_room_is_in_the_readme(text, repository):
    rooms = [path.parent.name for path in (repository / "cgr_nb").glob("*/__init__.py")]
    assert [room for room in rooms if f"`{room}`" not in text] == []
