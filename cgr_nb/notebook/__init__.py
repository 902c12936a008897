"""The study's notebooks, executed headlessly by papermill: in order, checked, resumable."""

from cgr_nb.notebook.chain import bundled_notebooks, notebooks_of
from cgr_nb.notebook.executing import FOLDER, Done, execute_notebooks
from cgr_nb.notebook.parameters import parse_value

__all__ = [
    "FOLDER",
    "Done",
    "bundled_notebooks",
    "execute_notebooks",
    "notebooks_of",
    "parse_value",
]
