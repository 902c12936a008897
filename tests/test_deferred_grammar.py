"""The parsers of `rfc3987_syntax` are built where an address is checked, and not before."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

from cgr_nb.util.deferred_grammar import PACKAGE

SCRIPT = f"""
import sys, json
{{first}}
import jsonschema
checks = jsonschema.FormatChecker()
built = ["{PACKAGE}.syntax_helpers" in sys.modules]
held = [checks.conforms(text, kind) for kind in ("iri", "iri-reference")
        for text in ("http://example.org/\\u00e4", "a/b", "a b", "\\u0000")]
built.append("{PACKAGE}.syntax_helpers" in sys.modules)
import {PACKAGE} as package
from {PACKAGE}.syntax_helpers import is_valid_syntax
names = [package.parse.__name__, package.is_valid_syntax("iri", "x:y")]
print(json.dumps([built, held, names, hasattr(package, "no such name")]))
"""


def tried(first: str) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{first}", first)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason=f"{PACKAGE} is absent")
def test_it_is_built_at_the_first_check_and_checks_as_ever():
    before, *deferred = tried("import cgr_nb")
    assert before == [False, True]
    built_at_once, *plain = tried("")
    assert built_at_once == [True, True]
    assert deferred == plain


def test_where_the_package_is_absent_it_stays_absent():
    script = (
        f"import cgr_nb, sys; sys.path[:] = []; sys.path_importer_cache.clear()\n"
        f"try: import {PACKAGE}\nexcept ImportError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == f"No module named '{PACKAGE}'", done.stderr
