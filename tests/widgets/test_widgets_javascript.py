"""The panels' JavaScript by the tools of JavaScript: its own tests, formatter, linter and types."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest


@pytest.fixture(scope="module")
def node():
    """Node, 20 or newer: older ones do not import JSON."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node is not installed")
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout
    if int(re.match(r"v(\d+)", said)[1]) < 20:
        pytest.skip(f"Node is {said.strip()}, and 20 is needed")
    return found


@pytest.fixture(scope="module")
def tools(node, repository):
    """The folder of tools that `npm install --no-package-lock` fills."""
    place = repository / "node_modules" / ".bin"
    if not (place / "esbuild").exists():
        pytest.skip("node_modules is absent: npm install --no-package-lock")
    return place


def run(command, place):
    return subprocess.run(
        [str(word) for word in command], cwd=place, capture_output=True, text=True
    )


def test_pure_functions_pass_their_own_tests(node, repository):
    tests = sorted((repository / "tests" / "widgets" / "js").glob("*.test.js"))
    done = run([node, "--test", "--test-reporter=tap", *tests], repository)
    assert done.returncode == 0, done.stdout
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    told = sum(path.read_text("utf-8").count("\ntest(") for path in tests)
    assert int(passed[1]) == told > 15


def test_everything_is_formatted(tools, repository):
    files = ["cgr_nb/widgets/static/*.{js,css}", "tests/widgets/js/*.js", "tools/*.js"]
    files.append("*.config.js")
    done = run([tools / "prettier", "--check", *files], repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_undefined_or_unused(tools, repository):
    done = run([tools / "eslint", "cgr_nb", "tests", "tools", "eslint.config.js"], repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_fit(tools, repository):
    done = run([tools / "tsc", "-p", "tsconfig.json"], repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_bundles_are_what_their_sources_make(tools, node, repository):
    done = run([node, "tools/bundle.js", "--check"], repository)
    assert done.returncode == 0, done.stdout + done.stderr


TWO = """
import * as esbuild from "esbuild";
import { settings } from "./tools/bundle.js";
const { outputFiles } = await esbuild.build(settings(process.argv[1]));
const address = `data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`;
console.log((await import(address)).default);
"""


def test_modules_may_give_one_name_to_things_of_their_own(tools, node, repository, tmp_path):
    for name in ("one", "two"):
        own = f'const name = "{name}";\nexport const {name} = () => name;\n'
        (tmp_path / f"{name}.js").write_text(own, "utf-8")
    both = 'import { one } from "./one.js";\nimport { two } from "./two.js";\n'
    (tmp_path / "both.js").write_text(f"{both}export default one() + two();\n", "utf-8")
    done = run([node, "--input-type=module", "-e", TWO, "--", tmp_path / "both.js"], repository)
    assert done.stdout.strip() == "onetwo", done.stderr


@pytest.fixture
def with_the_example(repository, tmp_path):
    """A copy of the modules with the part that `docs/panel-parts.md` adds, as it says."""
    static, tests = tmp_path / "cgr_nb" / "widgets" / "static", tmp_path / "tests/widgets/js"
    shutil.copytree(repository / "cgr_nb" / "widgets" / "static", static)
    shutil.copytree(repository / "cgr_nb" / "words", tmp_path / "cgr_nb" / "words")
    tests.mkdir(parents=True)
    examples = repository / "docs" / "examples"
    shutil.copy(examples / "askedlines.js", static)
    shutil.copy(examples / "askedlines.test.js", tests)
    page = (repository / "docs" / "panel-parts.md").read_text("utf-8")
    wiring = re.search(r"^```js\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)[1]
    load, made, placed, drawn = (line for line in wiring.splitlines() if line)
    text = (static / "stepper.js").read_text("utf-8")
    for before, added in [
        ("import { ask, ", [load]),
        ("  const replies = repliesBox", [made, placed]),
        ("    strip.load(run);", [drawn]),
    ]:
        assert text.count(before) == 1, before
        text = text.replace(before, "\n".join([*added, before]))
    (static / "stepper.js").write_text(text, "utf-8")
    return tmp_path


def test_the_part_that_the_documentation_adds_works(node, with_the_example):
    test = with_the_example / "tests" / "widgets" / "js" / "askedlines.test.js"
    done = run([node, "--test", "--test-reporter=tap", test], with_the_example)
    assert done.returncode == 0, done.stdout
    # The whole panel is read with the part in it: no name is missing.
    entry = with_the_example / "cgr_nb" / "widgets" / "static" / "stepper.js"
    whole = f'import panel from "{entry.as_uri()}"; console.log(typeof panel.render);'
    done = run([node, "--input-type=module", "-e", whole], with_the_example)
    assert done.stdout.strip() == "function", done.stderr


def test_versions_are_exact_and_nothing_is_locked_or_ships(repository):
    package = json.loads((repository / "package.json").read_text("utf-8"))
    assert package["private"] is True
    assert "dependencies" not in package
    versions = package["devDependencies"]
    assert {"eslint", "prettier", "typescript"} <= set(versions)
    exact = re.compile(r"\d+\.\d+\.\d+")
    assert [name for name, version in versions.items() if not exact.fullmatch(version)] == []
    ignored = (repository / ".gitignore").read_text("utf-8").split()
    assert {"node_modules/", "package-lock.json"} <= set(ignored)
