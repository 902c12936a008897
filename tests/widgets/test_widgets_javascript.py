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
    if not place.is_dir():
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
    files = ["cgr_nb/**/*.{js,css}", "tests/widgets/js/*.js", "*.config.js"]
    done = run([tools / "prettier", "--check", *files], repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_is_undefined_or_unused(tools, repository):
    done = run([tools / "eslint", "cgr_nb", "tests", "eslint.config.js"], repository)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_fit(tools, repository):
    done = run([tools / "tsc", "-p", "tsconfig.json"], repository)
    assert done.returncode == 0, done.stdout + done.stderr


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
