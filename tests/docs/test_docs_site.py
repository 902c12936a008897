"""The documentation is built strictly, whole, and loads nothing from a network."""

from __future__ import annotations

import html
import json
import logging
import re
import sys

import pytest

from cgr_nb.arms import arm_names
from cgr_nb.items import REASONS
from cgr_nb.items.adapter import adapters

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(repository, demo_of_three, tmp_path_factory):
    """The built site."""
    build = pytest.importorskip("mkdocs.commands.build", reason="mkdocs is not installed")
    from mkdocs.config import load_config

    place = tmp_path_factory.mktemp("site")
    warned: list[str] = []
    watch = logging.Handler(logging.WARNING)
    watch.emit = lambda record: warned.append(record.getMessage())
    logging.getLogger("mkdocs").addHandler(watch)
    depth = sys.getrecursionlimit()  # mkdocstrings raises it
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(repository)
        patch.setenv("CGR_NB_DOCS_STUDY", str(demo_of_three / "study"))
        patch.setenv("NO_MKDOCS_2_WARNING", "1")
        config = load_config(str(repository / "mkdocs.yml"), strict=True, site_dir=str(place))
        config.plugins.run_event("startup", command="build", dirty=False)
        try:
            build.build(config)
        except SystemExit:
            pytest.fail("\n".join(warned))
        finally:
            config.plugins.run_event("shutdown")
            sys.setrecursionlimit(depth)
            logging.getLogger("mkdocs").removeHandler(watch)
    assert warned == []
    return place


def text_of(site, name):
    """The words of a page."""
    return html.unescape(re.sub(r"<[^>]+>", "", (site / name).read_text("utf-8")))


def test_every_page_is_built_and_found(site, pages):
    built = {path.relative_to(site).with_suffix(".md").as_posix() for path in site.rglob("*.html")}
    assert set(pages) <= built
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    found = {entry["location"].partition("#")[0] for entry in index["docs"]}
    assert {name.replace(".md", ".html") for name in pages if name != "index.md"} <= found


def test_no_page_loads_anything_from_elsewhere(site):
    loaded = re.compile(
        r"""<(?:script|img|iframe|source)[^>]*\ssrc=["']?(https?:|//)"""
        r"""|<link[^>]*\srel=["']?(?:stylesheet|preconnect|icon|preload)["']?[^>]*(https?:|//)"""
    )
    pages = list(site.rglob("*.html"))
    assert len(pages) > 25
    assert [str(path) for path in pages if loaded.search(path.read_text("utf-8"))] == []
    styles = list(site.rglob("*.css"))
    assert styles
    wanted = re.compile(r"""@import|url\(\s*["']?(https?:|//)""")
    assert [str(path) for path in styles if wanted.search(path.read_text("utf-8"))] == []


def test_nothing_that_was_to_be_made_is_left_over(site):
    left = re.compile(r"made: [\w-]+ -->|--8<--")
    assert [
        str(path) for path in site.rglob("*.html") if left.search(path.read_text("utf-8"))
    ] == []


def test_examples_stand_whole_in_their_pages(site, repository):
    text = text_of(site, "extending.html") + text_of(site, "panel-parts.html")
    for path in (repository / "docs" / "examples").rglob("*.*"):
        for line in path.read_text("utf-8").splitlines():
            assert line.strip() in text, path.name


def test_saved_panels_live_in_the_page(site):
    text = (site / "panels.html").read_text("utf-8")
    frames = re.findall(r'<iframe[^>]*src="([^"]+)"', text)
    assert len(frames) == 5
    for frame in frames:
        panel = (site / frame).read_text("utf-8")
        assert "tiny-solver" in panel
        assert '<script type="module">' in panel


def test_the_figure_of_the_data_flow_names_every_step(site):
    text = text_of(site, "concepts.html")
    for word in ("item files", "generator", "sandbox", "GENERATOR_ANSWER", ".sqlite", "verify"):
        assert word in text


def test_every_registered_thing_is_on_its_page(site, parts):
    from parts.commands import commands

    told = {
        "arms.html": arm_names(),
        "items.html": [*adapters(), *REASONS],
        "cli.html": [name for name, _, _ in commands()],
        "json.html": [name for name, _, _ in commands()],
    }
    for page, names in told.items():
        text = text_of(site, page)
        assert names
        assert [name for name in names if name not in text] == [], page


def test_every_key_of_a_study_and_of_a_card_is_on_its_page(site):
    from cgr_nb.models import registry_schema
    from cgr_nb.study import study_schema

    schema = study_schema()
    keys = {
        key
        for name, table in {"top": schema, **schema["$defs"]}.items()
        if name not in ("ItemFile", "Columns")
        for key in table["properties"]
    }
    text = text_of(site, "study-toml.html")
    assert len(keys) > 40
    assert sorted(key for key in keys if key not in text) == []
    card = registry_schema()["properties"]["model"]["items"]["properties"]
    text = text_of(site, "models.html")
    assert sorted(key for key in card if key not in text) == []


def test_every_option_of_every_command_is_in_the_reference(site, parts):
    from parts.commands import commands

    text = text_of(site, "cli.html")
    options = {
        option
        for _, command, _ in commands()
        for one in command.params
        for option in one.opts
        if option.startswith("--")
    }
    assert len(options) > 40
    assert sorted(option for option in options if option not in text) == []
