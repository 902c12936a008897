"""SQL stands in the store alone, and what others need of it the store gives by name."""

from __future__ import annotations

import ast
import re
import sqlite3
import threading

import pytest
from made_rows import add_row, expect
from test_store_records import execution, item

from cgr_nb.records import Scaffold
from cgr_nb.store import BehaviouralAudit, Store
from cgr_nb.store.row_columns import item_columns, row_columns
from cgr_nb.store.thread_local import ThreadLocalStore

SQL = re.compile(
    r"\b(SELECT\s.*\bFROM|INSERT\s+(OR\s+\w+\s+)?INTO|DELETE\s+FROM|UPDATE\s+\w+\s+SET|PRAGMA|"
    r"CREATE\s+(TEMP\s+)?(TABLE|VIEW|INDEX)|BEGIN\s+IMMEDIATE|ROLLBACK)\b",
    re.DOTALL,
)


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path / "study") as opened:
        opened.add_items([item("i1"), item("i2")])
        expect(opened, ["r1"])
        add_row(opened, "r1", scaffold_id="s1", program_id="p1", execution_id="e1")
        for number in (1, 2):
            pid, iid = f"p{number}", f"i{number}"
            opened.add_scaffold(Scaffold(f"s{number}", iid, "g", pid, f"x = {number}", "k", "h", 0))
            opened.add_execution(f"e{number}", pid, iid, "s", execution())
        yield opened


def uses(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and SQL.search(node.value)
        ):
            found.append(f"{node.lineno}: {node.value[:40]!r}")
        elif isinstance(node, ast.Attribute) and node.attr in ("_connection", "connection"):
            found.append(f"{node.lineno}: .{node.attr}")
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "sqlite3.connect":
            found.append(f"{node.lineno}: sqlite3.connect")
    return found


def test_no_file_outside_the_store_holds_sql_or_touches_its_connection(repository):
    package = repository / "cgr_nb"
    outside = {
        str(path.relative_to(package)): found
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).parts[0] != "store"
        and (found := uses(ast.parse(path.read_text("utf-8"))))
    }
    assert outside == {}


def test_the_search_for_sql_finds_what_the_store_holds(repository):
    folder = repository / "cgr_nb" / "store"
    holding = {p.name for p in folder.glob("*.py") if uses(ast.parse(p.read_text("utf-8")))}
    assert {"frames.py", "expected.py", "programs.py", "superseding.py"} <= holding


def test_programs_of_the_study_are_told_from_those_that_are_only_on_record(store):
    assert [tuple(one) for one in store.programs.written()] == [("p1", "x = 1", "i1")]
    assert list(store.programs.sources()) == [("p1", "x = 1"), ("p2", "x = 2")]
    assert [one.source for one in store.programs.scaffolds()] == ["x = 1", "x = 2"]


def test_runs_come_with_what_they_are_of(store):
    found = [(run.id, run.program_id, run.item_id, run.solver) for run in store.programs.runs()]
    assert found == [("e1", "p1", "i1", "s"), ("e2", "p2", "i2", "s")]
    assert store.programs.run("e1").execution == store.execution("e1")
    assert store.programs.run("nothing") is None
    traced = {run.id for run in store.programs.runs() if run.execution.trace is not None}
    assert {id for id, _ in store.programs.traces()} == traced


def test_a_behavioural_audit_comes_back_as_it_was_and_is_written_once(store):
    audit = BehaviouralAudit("p1", "i1", "independent", ("A",), None, ({"name": "x"},))
    store.audits.add(audit)
    store.audits.add(BehaviouralAudit("p1", "i1", "dependent", (), None, ()))
    assert store.audits.of("p1") == audit
    assert list(store.audits.all()) == [audit]
    assert (store.audits.program_ids(), store.audits.of("p2")) == ({"p1"}, None)


def test_items_are_read_in_the_order_of_their_records(store):
    assert item_columns(store, ("id",)) == [(one.id,) for one in store.items()]


def test_what_is_read_together_is_of_one_moment(store):
    with store.snapshot():
        before = row_columns(store, ("id",))
        with Store.open(store.path.parent) as other:
            expect(other, [])
        assert row_columns(store, ("id",)) == before == [("r1",)]
    assert row_columns(store, ("id",)) == []


def test_views_are_of_the_connection_and_not_of_the_file(store):
    with sqlite3.connect(store.path) as raw:
        views = raw.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall()
    assert views == []


def test_each_thread_has_a_store_of_its_own(store):
    stores, found = ThreadLocalStore(store), []

    def work() -> None:
        with stores.here as mine:
            found.extend((mine is store, mine.counts().expected, stores.here is mine))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False, 1, True]
    assert stores.here is store
