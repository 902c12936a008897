"""The committed bundles of the panels: what their sources make, whole, small, and with licences."""

from __future__ import annotations

import hashlib
import json
import re
from importlib import resources

import pytest
from small_study import row_id

from cgr_nb import compare
from cgr_nb.widgets import Auditor, Comparison, Results, Stepper, Workbench
from cgr_nb.widgets.assets import editor_script, script

WIDGETS = resources.files("cgr_nb.widgets")
PANELS = ("auditor", "compare", "results", "stepper", "workbench")
LEFT_OUT = ("stub.js",)
"""Ends a saved page, as it stands."""


@pytest.fixture(scope="module")
def told():
    """What the bundler wrote of its sources."""
    return json.loads(WIDGETS.joinpath("bundles", "sources.json").read_text("utf-8"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_bundles_are_made_from_the_sources_that_are_here(told, repository):
    now = {
        name: sha256(WIDGETS.joinpath("static", name).read_bytes())
        for name in told["sources"]
        if WIDGETS.joinpath("static", name).is_file()
    }
    changed = [name for name, was in told["sources"].items() if now.get(name) != was]
    assert changed == [], "sources changed since: npm run bundle"
    assert told["script"] == sha256((repository / "tools" / "bundle.js").read_bytes())


def test_nobody_edited_a_bundle_by_hand(told):
    for name, about in told["bundles"].items():
        assert sha256(WIDGETS.joinpath("bundles", name).read_bytes()) == about["sha256"], name


def test_every_module_is_in_a_bundle(told):
    modules = {
        file.name for file in WIDGETS.joinpath("static").iterdir() if file.name.endswith(".js")
    }
    used = {name for about in told["bundles"].values() for name in about["sources"]}
    assert modules - {*LEFT_OUT} == used == set(told["sources"])


def test_packages_have_the_versions_that_package_json_says(told, repository):
    versions = json.loads((repository / "package.json").read_text("utf-8"))["devDependencies"]
    bundled = {"esbuild": told["esbuild"], **told["packages"]}
    assert {"@codemirror/view", "@codemirror/state"} <= set(bundled)
    assert {name: versions.get(name) for name in bundled} == bundled


def test_every_package_in_a_bundle_has_its_licence_beside_it(told):
    text = WIDGETS.joinpath("bundles", "codemirror.LICENSES.txt").read_text("utf-8")
    parts = text.partition("\n\n")[2].split(f"\n\n{'-' * 72}\n\n")
    assert [part.split("\n")[0] for part in parts] == [
        f"{name} {version}" for name, version in told["packages"].items()
    ]
    # The licence that the package's metadata names beside its own.
    assert [
        part for part in parts if "Permission is hereby granted, free of charge" not in part
    ] == []


def in_one_line(module):
    """Without the ends of lines, which may stand within a word of a text."""
    return module.replace("\\\n", "").replace("\n", "")


@pytest.mark.parametrize("name", PANELS)
def test_a_panels_module_is_whole_and_asks_for_nothing(name):
    module = in_one_line(script(f"{name}.js"))
    assert "import " not in module
    assert module.count("export ") == module.count("export default") == 1
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "http://",
        "https://",
        "</script",
    ):
        assert word not in module.replace("http://www.w3.org/2000/svg", ""), word


def test_the_editor_is_one_module_that_asks_for_nothing():
    module = in_one_line(editor_script())
    assert not re.search(r"\bimport *[({\"'*]|\bfrom *[\"']", module)
    assert len(re.findall(r"\bexport *\{", module)) == 1


def test_a_page_that_opens_an_editor_is_sent_codemirror(study):
    panel = Stepper(study, row_id(0))
    sent = []
    panel.send = sent.append
    panel.handle({"do": "editor"})
    assert sent == [{"editor": editor_script()}]
    assert panel.error == ""


BUDGETS = {
    "auditor": 55_000,
    "compare": 52_000,
    "results": 93_000,
    "stepper": 60_000,
    "workbench": 84_000,
}
"""Most bytes of a panel's module, words and all: every saved view of a notebook holds one."""
EDITOR_BUDGET = 400_000
"""Most bytes of CodeMirror, which is sent when an editor is opened."""
PAGES = {
    "auditor": 92_000,
    "compare": 180_000,
    "results": 170_000,
    "stepper": 88_000,
    "workbench": 116_000,
}
"""Most bytes that a saved page of a study of 30 rows takes, its module among them."""


@pytest.mark.parametrize("name", PANELS)
def test_a_panels_module_keeps_to_its_budget(name):
    assert len(script(f"{name}.js").encode()) <= BUDGETS[name]


def test_the_editor_keeps_to_its_budget():
    assert len(editor_script().encode()) <= EDITOR_BUDGET


MAKERS = {
    "auditor": lambda study: Auditor(study, "ada", probing=False),
    "compare": lambda study: Comparison(compare(study, resamples=50)),
    "results": lambda study: Results(study, resamples=50),
    "stepper": lambda study: Stepper(study, row_id(0)),
    "workbench": Workbench,
}


@pytest.mark.parametrize("name", PANELS)
def test_a_saved_page_keeps_to_its_budget_and_holds_no_editor(study, name):
    page = MAKERS[name](study).to_html()
    assert len(page.encode()) <= PAGES[name]
    assert "cm-content" not in page
    assert "cm-content" in editor_script()
