"""What a cell tagged `parameters` may look like, and which names it gives."""

from __future__ import annotations

import nbformat
import pytest

from cgr_nb.errors import ConfigError
from cgr_nb.notebook.parameters import share_out


def notebook(folder, source):
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["tags"] = ["parameters"]
    path = folder / "own.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "x: int = 1  # how many",
        "x: int",
        "%load_ext autoreload\nx = 1",
        "!pip list\n  \nx: 'dict[str, int]' = {}",
        "%%time\nx = 1",
        "y, x = 1, 2",
        "x = (\n    1 +\n    2\n)",
        "import os\nx = os.getcwd()\nstr?",
    ],
)
def test_whatever_way_a_parameter_is_written_it_is_one(tmp_path, source):
    path = notebook(tmp_path, source)
    assert share_out([path], {"x": 5}) == {path: {"x": 5}}


def test_a_cell_that_is_no_python_is_one_clear_error(tmp_path):
    with pytest.raises(ConfigError, match=r"own\.ipynb, line 2 of the cell.*no Python"):
        share_out([notebook(tmp_path, "x = 1\nx = = 2")], {"x": 5})
