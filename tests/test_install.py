"""The package as a stranger gets it: built, described, installed without its sources, and run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from environments import make_environment
from loopback_endpoint import Act, running_endpoint
from packaging.metadata import Metadata

pytestmark = pytest.mark.slow

MANY = Path(__file__).with_name("many_commands.py")
BESIDE_THE_CORE = (
    *("altair", "anywidget", "huggingface_hub", "ipywidgets", "jupyterlab", "llama_cpp"),
    *("nbformat", "papermill", "vl_convert", "IPython", "traitlets"),
)
REPLY = """A box holds 27.

```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    return "A" if "Answer: A" in ask("Which one?") else "B"
```

Answer: A
"""


@pytest.fixture(scope="module")
def wheel(repository, tmp_path_factory):
    """Built from the source package alone, as an index's users get both."""
    place = tmp_path_factory.mktemp("build")
    build = [sys.executable, "-m", "hatchling", "build", "--directory", str(place)]
    subprocess.run([*build, "--target", "sdist"], cwd=repository, check=True, capture_output=True)
    (source,) = place.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(place / "source", filter="data")
    (unpacked,) = (place / "source").iterdir()
    subprocess.run([*build, "--target", "wheel"], cwd=unpacked, check=True, capture_output=True)
    shutil.rmtree(place / "source")
    (wheel,) = place.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def description(wheel):
    """The package's own words, read as an index reads them."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Metadata.from_email(archive.read(name), validate=True)


@pytest.fixture(scope="module")
def everything(wheel, tmp_path_factory):
    """An environment as `pip install "cgr-nb[all]"` makes it; llama.cpp is not compiled again."""
    return make_environment(tmp_path_factory.mktemp("all") / "env", ["cgr-nb[all]"], wheel)


@pytest.fixture(scope="module")
def demo(everything, tmp_path_factory):
    """A folder in which the demo has run, and what its command printed."""
    place = tmp_path_factory.mktemp("demo")
    done = everything.run(("cgr-nb", "demo", "--per-dataset", "1", "--json"), place)
    assert done.returncode == 0, done.stderr
    return place, json.loads(done.stdout)


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory):
    """An environment as `pip install cgr-nb` makes it."""
    return make_environment(tmp_path_factory.mktemp("core") / "env", ["cgr-nb"], wheel)


@pytest.fixture(scope="module")
def endpoint_study(core, tmp_path_factory):
    """A folder with a study of one endpoint, run in the core environment."""
    place = tmp_path_factory.mktemp("far")
    items = [
        {"question": f"Which is 27 ({n})?", "options": {"A": "27", "B": "12"}, "gold": "A"}
        for n in range(2)
    ]
    text = "".join(json.dumps(item) + "\n" for item in items)
    (place / "items.jsonl").write_text(text, "utf-8")
    (place / "study.toml").write_text(
        'name = "far"\n[items]\nfiles = ["items.jsonl"]\n[models]\nregistry = "models.toml"\n'
        'solvers = ["far"]\ngenerators = ["far"]\n[run]\nisolation = "limits"\n',
        "utf-8",
    )
    with running_endpoint() as endpoint:
        endpoint.acts += [Act(REPLY)] * 40
        commands = [
            ("models", "add", endpoint.url, "--name", "far", "--model", "m"),
            ("models", "check", "far", "--registry", "models.toml"),
            ("study", "plan", "study.toml"),
            ("study", "run", "study.toml", "--out", "study"),
        ]
        done = {words[:2]: core.run(("cgr-nb", *words), place) for words in commands}
    return place, done


def test_the_wheel_holds_all_that_a_checkout_has(wheel, repository):
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = [
        path.relative_to(repository).as_posix()
        for path in (repository / "cgr_nb").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    carried = [
        f"cgr_nb/{path.relative_to(repository).as_posix()}"
        for folder in ("fixtures/models", "fixtures/items", "notebooks")
        for path in (repository / folder).iterdir()
        if path.is_file()
    ]
    assert sorted({*package, *carried} - held) == []


def test_its_description_has_no_link_into_a_checkout(description, repository):
    text = description.description
    assert description.description_content_type == "text/markdown"
    assert [to for to in re.findall(r"\]\(([^)]+)\)", text) if not to.startswith("http")] == []
    # Nothing else is lost on the way: every heading and block of the README is there.
    readme = (repository / "README.md").read_text("utf-8")
    for pattern in (r"^#+ .+$", r"^```.*?^```$"):
        blocks = re.findall(
            pattern, readme, flags=re.MULTILINE | re.DOTALL if "`" in pattern else re.M
        )
        assert blocks
        assert [block for block in blocks if block not in text] == []


def test_its_description_names_authors_licence_and_page(description):
    assert description.author == "The cgr_nb authors"
    assert description.license_expression == "Apache-2.0 AND MIT"
    assert list(description.project_urls.values()) == ["https://arxiv.org/abs/2605.18827"]
    assert {"llama", "lab", "report", "hub", "notebooks", "all", "dev"} <= set(
        description.provides_extra
    )


def test_the_demo_runs_without_the_sources(everything, demo):
    place, told = demo
    where = everything.run(("python", "-c", "import cgr_nb; print(cgr_nb.__file__)"), place)
    assert where.stdout.startswith(str(everything.place))
    assert told["summary"]["rows"] == 9
    page = (place / told["report"]).read_text("utf-8")
    assert "<svg" in page
    assert "Charts are not available" not in page


def run_all(environment, place, commands):
    """Commands -> what each said, one after the other."""
    order = json.dumps([words.split() for words in commands])
    done = environment.run(("python", MANY), place, input=order)
    assert done.returncode == 0, done.stderr
    return dict(zip(commands, json.loads(done.stdout), strict=True))


def test_the_core_reads_and_checks_a_study_that_llama_cpp_made(core, demo):
    told = {
        "study status cgr-demo": "9 of 9 rows",
        "report cgr-demo -o again.html": "again.html",
        "export cgr-demo -o demo.zip": "demo.zip",
        "verify demo.zip --isolation limits": "verified",
        "audit cgr-demo": "solver",
    }
    for words, found in run_all(core, demo[0], told).items():
        assert found["code"] == 0, (words, found)
        assert told[words] in found["out"]


def test_panels_show_it_without_llama_cpp_and_say_what_a_run_would_need(wheel, demo, tmp_path):
    lab = make_environment(tmp_path / "env", ["cgr-nb[lab]"], wheel)
    script = """
from cgr_nb import Auditor, Results, Stepper, Study, Workbench

study = Study.open("cgr-demo")
Stepper(study, study.rows().query("execution_id.notna()")["id"].iloc[0]).save_html("stepper.html")
for panel in (Auditor, Results):
    panel(study).save_html("panel.html")
workbench = Workbench(study)
workbench.save_html("workbench.html")
workbench.choose(workbench.shown[0])
workbench.run()
workbench.wait()
print(workbench.error)
"""
    found = lab.run(("python", "-c", script), demo[0])
    assert found.returncode == 0, found.stderr
    assert 'needs llama-cpp-python, which is not installed; pip install "cgr-nb[llama]"' in (
        found.stdout
    )


def test_the_extra_for_notebooks_is_enough_to_execute_them(wheel, tmp_path):
    environment = make_environment(tmp_path / "env", ["cgr-nb[notebooks]"], wheel)
    first = {"cell_type": "code", "execution_count": None, "outputs": [], "id": "a"}
    cells = [
        {**first, "metadata": {"tags": ["parameters"]}, "source": "n = 1"},
        {**first, "metadata": {}, "source": "import cgr_nb\nprint(n, cgr_nb.__file__)", "id": "b"},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "1-first.ipynb").write_text(json.dumps(notebook), "utf-8")
    command = ("cgr-nb", "rerun", "1-first.ipynb", "--out", "out", "-p", "n", "4")
    found = environment.run(command, tmp_path)
    assert found.returncode == 0, found.stderr
    assert f"4 {environment.place}" in (tmp_path / "out" / "1-first.ipynb").read_text("utf-8")


def test_the_core_has_no_llama_cpp_no_jupyter_and_no_charts(core, tmp_path):
    script = f"""
from importlib.util import find_spec
print([name for name in {BESIDE_THE_CORE!r} if find_spec(name) is not None])
"""
    assert core.run(("python", "-c", script), tmp_path).stdout.strip() == "[]"


def test_the_core_plans_and_runs_a_study_of_an_endpoint(endpoint_study):
    _, done = endpoint_study
    for words, found in done.items():
        assert found.returncode == 0, f"{words}: {found.stdout}{found.stderr}"


def test_the_core_does_all_that_needs_no_more(core, endpoint_study):
    told = {
        "study status study": "2 of 2 rows",
        "audit study": "solver",
        "export study -o far.zip": "package: far.zip",
        "verify far.zip --isolation limits": "verified",
        "export study -o inspect --format inspect": "inspect: ",
        "export study -o lm-eval --format lm-eval": "lm-eval: ",
        "items check items.jsonl": "2",
        "study init again.toml": "again.toml",
        "paper plan": "dataset",
    }
    for words, found in run_all(core, endpoint_study[0], told).items():
        assert found["code"] == 0, (words, found)
        assert told[words] in found["out"]


def test_the_cores_report_has_its_tables_and_says_in_one_line_why_no_charts(core, endpoint_study):
    place, _ = endpoint_study
    found = core.run(("cgr-nb", "report", "study"), place)
    assert found.returncode == 0, found.stderr
    (line,) = found.stderr.splitlines()
    why = 'needs Altair, which is not installed; pip install "cgr-nb[report]"'
    assert line == f"without charts: {why}"
    page = (place / "study" / "report" / "index.html").read_text("utf-8")
    assert "<svg" not in page
    assert page.count("Charts are not available") == 1
    assert page.count("<table") > 5


def test_what_the_core_can_not_do_names_the_extra_in_one_line(core, tmp_path):
    needed = {
        "demo": ("llama-cpp-python", "llama"),
        "bench engine": ("llama-cpp-python", "llama"),
        "rerun": ("nbformat", "notebooks"),
        "models add hf:some/model/a.gguf": ("huggingface-hub", "hub"),
        "items fetch aime --into fetched": ("huggingface-hub", "hub"),
    }
    for words, found in run_all(core, tmp_path, needed).items():
        package, extra = needed[words]
        assert found["code"] == 2, (words, found)
        (line,) = found["err"].splitlines()
        assert f"needs {package}, which is not installed" in line
        assert line.endswith(f'pip install "cgr-nb[{extra}]"')


def test_a_model_that_can_not_be_used_for_that_is_told_among_the_others(core, tmp_path):
    found = core.run(("cgr-nb", "models", "check", "tiny-solver"), tmp_path)
    assert found.returncode == 1
    assert 'needs llama-cpp-python, which is not installed; pip install "cgr-nb[llama]"' in (
        found.stdout
    )
    assert "Traceback" not in found.stderr


def test_panels_name_their_extra(core, tmp_path):
    found = core.run(("python", "-c", "from cgr_nb import Workbench"), tmp_path)
    assert found.stderr.splitlines()[-1].endswith(
        'panels: needs anywidget, which is not installed; pip install "cgr-nb[lab]"'
    )
