"""A package that is not installed, or can't be imported, is told in one line with its command."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from cgr_nb.errors import CgrError
from cgr_nb.extras import PACKAGES, ExtraError, complaint, needed, require, version_of

NEVER_INSTALLED = "altair_of_nobody"


@pytest.fixture
def broken(tmp_path):
    """A folder with packages that are there and can't be imported."""

    def make(module, line='raise ImportError("libgomp.so.1:\\n cannot open")'):
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text(line + "\n", "utf-8")
        return tmp_path

    return make


def run(script, folder):
    """A fresh interpreter that meets the packages of a folder first."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        encoding="utf-8",
    )


def last_line(script, folder):
    return run(script, folder).stderr.strip().splitlines()[-1]


def test_every_package_is_in_the_extra_that_is_named_for_it(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    ours = {"llama", "lab", "report", "hub", "notebooks"}
    declared = {
        (canonicalize_name(Requirement(text).name), extra)
        for extra in {*ours, "cluster"}
        for text in extras[extra]
    }
    assert {(package.distribution, package.extra) for package in PACKAGES.values()} == declared
    assert Requirement(extras["all"][0]).extras == ours
    assert "cgr-nb[all]" in extras["dev"]


def test_no_package_of_an_extra_is_part_of_the_core(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    core = {canonicalize_name(Requirement(text).name) for text in project["dependencies"]}
    assert core.isdisjoint(package.distribution for package in PACKAGES.values())


def test_the_modules_of_the_table_are_those_of_the_distributions():
    for module, package in PACKAGES.items():
        require(module)
        assert version_of(package.distribution), package
    assert version_of(NEVER_INSTALLED) is None


def test_a_missing_package_names_its_extra(monkeypatch):
    lost = type(PACKAGES["altair"])("report", "altair-of-nobody", "Altair")
    monkeypatch.setitem(PACKAGES, NEVER_INSTALLED, lost)
    with pytest.raises(ExtraError) as error, needed(NEVER_INSTALLED, where="charts"):
        import altair_of_nobody  # noqa: F401
    words = 'charts: needs Altair, which is not installed; pip install "cgr-nb[report]"'
    assert str(error.value) == words
    with pytest.raises(ExtraError) as error:
        require(NEVER_INSTALLED, where="charts")
    assert str(error.value) == words
    assert complaint(NEVER_INSTALLED) == words.removeprefix("charts: ")
    assert isinstance(error.value, CgrError)


def test_a_package_that_is_there_and_broken_tells_its_own_words(broken):
    folder = broken("vl_convert")
    said = last_line("import cgr_nb.report.drawing", folder)
    assert "charts of a report: vl-convert is installed but can't be imported" in said
    assert "ImportError: libgomp.so.1: cannot open" in said
    assert said.endswith("reinstall it: pip install --force-reinstall vl-convert-python")


@pytest.mark.parametrize(
    "line",
    ["import nothing_of_this_name", "raise OSError('bad ELF')", "raise AttributeError('np.long')"],
)
def test_however_it_is_broken_it_is_one_of_our_errors(line, broken):
    folder = broken("anywidget", line)
    said = last_line("from cgr_nb import Stepper", folder)
    assert said.startswith("cgr_nb.extras.ExtraError: panels: anywidget is installed but can't be")


def test_what_a_package_itself_needs_of_an_extra_is_named_when_it_is_missing(broken):
    script = """
import sys
class Hide:
    def find_spec(self, name, path=None, target=None):
        if name == "traitlets":
            raise ModuleNotFoundError("No module named 'traitlets'", name="traitlets")
sys.meta_path.insert(0, Hide())
from cgr_nb import Workbench
"""
    said = last_line(script, broken("unused"))
    assert said.endswith('needs traitlets, which is not installed; pip install "cgr-nb[lab]"')


def test_a_report_knows_why_it_can_draw_no_charts(broken):
    script = "from cgr_nb.report.content import without_charts\nprint(without_charts())"
    said = run(script, broken("altair")).stdout.strip()
    assert said.startswith("Altair is installed but can't be imported (got ImportError: libgomp")
