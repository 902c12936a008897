"""Notebooks in a chain, on small ones written here; the study's own run in test_end_to_end."""

from __future__ import annotations

import json

import nbformat
import pytest
from click.testing import CliRunner
from nbformat.sign import NotebookNotary
from nbformat.v4 import new_code_cell, new_notebook

from cgr_nb.cli import cli
from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.notebook import bundled_notebooks, execute_notebooks, notebooks_of, parse_value

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def write(path, parameters, *cells):
    first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[first, *map(new_code_cell, cells)], metadata=KERNEL)
    nbformat.write(notebook, path)
    return path


def texts(path):
    cells = nbformat.read(path, as_version=4).cells
    return [output.get("text", "") for cell in cells for output in cell.get("outputs", [])]


def test_numbered_notebooks_run_in_the_order_of_their_numbers(tmp_path):
    for name in ("10-last", "2-next", "1-first", "explore"):
        write(tmp_path / f"{name}.ipynb", "x = 1")
    assert [path.stem for path in notebooks_of(tmp_path)] == ["1-first", "2-next", "10-last"]


def test_the_bundled_notebooks_are_the_six_of_a_study():
    stems = [path.stem for path in notebooks_of(bundled_notebooks())]
    assert stems == ["1-items", "2-generation", "3-run", "4-results", "5-audits", "6-package"]


def test_a_folder_without_numbered_notebooks_is_refused(tmp_path):
    write(tmp_path / "explore.ipynb", "x = 1")
    with pytest.raises(ConfigError, match="no notebook to execute"):
        notebooks_of(tmp_path)


def test_a_notebook_need_not_say_what_language_it_is_in(tmp_path):
    path = write(tmp_path / "1-first.ipynb", "x = 1", "print(x + 1)")
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata = {}
    nbformat.write(notebook, path)
    (done,) = execute_notebooks([path], tmp_path / "out", {"x": 4}, progress=False)
    assert texts(done.executed) == ["5\n"]


def test_a_study_file_in_place_of_notebooks_is_told_where_it_belongs(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text("")
    with pytest.raises(ConfigError, match="rerun -p config"):
        notebooks_of(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20", 20),
        ("0.5", 0.5),
        ("None", None),
        ("study.toml", "study.toml"),
        ("[1", "[1"),
        ("", ""),
    ],
)
def test_a_value_is_a_literal_where_it_reads_as_one(text, value):
    assert parse_value(text) == value


def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path):
    notebook = write(tmp_path / "1-one.ipynb", "count = 1", "print(count)")
    with pytest.raises(ConfigError, match="did you mean 'count'"):
        execute_notebooks([notebook], tmp_path / "out", {"cuont": 2}, progress=False)
    assert not (tmp_path / "out").exists()


def test_a_notebook_without_parameters_is_refused(tmp_path):
    nbformat.write(new_notebook(cells=[new_code_cell("1")], metadata=KERNEL), tmp_path / "1.ipynb")
    with pytest.raises(ConfigError, match="tag one cell"):
        execute_notebooks([tmp_path / "1.ipynb"], tmp_path / "out", {}, progress=False)


def test_each_notebook_gets_the_parameters_it_knows_and_what_is_done_is_not_done_again(tmp_path):
    chain = [
        write(tmp_path / "1-one.ipynb", "count = 1", "print('count', count)"),
        write(tmp_path / "2-two.ipynb", "name = 'a'", "print('name', name)"),
    ]
    given = {"count": 5, "name": "b"}
    first = execute_notebooks(chain, tmp_path / "out", given, progress=False)
    assert [done.again for done in first] == [True, True]
    assert texts(first[0].executed) == ["count 5\n"]
    assert texts(first[1].executed) == ["name b\n"]
    # What was computed here is trusted here, with its panels; what is changed later is not.
    executed = nbformat.read(first[0].executed, as_version=4)
    assert NotebookNotary().check_signature(executed)
    executed.cells[-1].outputs[0].text = "count 6\n"
    assert not NotebookNotary().check_signature(executed)

    second = execute_notebooks(chain, tmp_path / "out", given, progress=False)
    assert [done.again for done in second] == [False, False]

    # Another parameter of the second leaves the first alone.
    third = execute_notebooks(chain, tmp_path / "out", {**given, "name": "c"}, progress=False)
    assert [done.again for done in third] == [False, True]
    assert texts(third[1].executed) == ["name c\n"]


def test_a_failing_cell_is_named_and_the_chain_goes_on_from_its_notebook(tmp_path):
    broken = "wanted = 'here'\nopen('flag.txt').read()"
    chain = [
        write(tmp_path / "1-one.ipynb", "x = 1", "open('ran.txt', 'a').write('1')"),
        write(tmp_path / "2-two.ipynb", "y = 1", "print('before')", broken),
    ]
    out = tmp_path / "out"
    with pytest.raises(CgrError, match=r"cell 2 of 2-two\.ipynb failed: FileNotFoundError") as told:
        execute_notebooks(chain, out, {}, progress=False)
    assert "wanted = 'here'" in str(told.value)
    assert "before\n" in texts(out / "2-two.ipynb")
    (out / "flag.txt").write_text("")
    done = execute_notebooks(chain, out, {}, progress=False)
    assert [one.again for one in done] == [False, True]
    assert (out / "ran.txt").read_text() == "1"


def test_the_command_tells_what_was_made_as_json(tmp_path):
    write(tmp_path / "1-one.ipynb", "count = 1", "print(count)")
    done = CliRunner().invoke(
        cli,
        ["rerun", str(tmp_path), "-p", "count", "3", "--out", str(tmp_path / "out"), "--json"],
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [one["executed"] for one in told["notebooks"]] == [True]
    assert texts(told["notebooks"][0]["notebook"]) == ["3\n"]
    assert told["report"] is None
