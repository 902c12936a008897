"""Notebooks executed one after the other; the same call goes on where it was stopped.

An executed copy carries, in its metadata, a fingerprint of the notebook, its parameters and the
study file that they name. Where the copy is complete and the fingerprint is the same, the notebook
is not executed again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgr_nb import __version__
from cgr_nb.errors import CgrError
from cgr_nb.extras import needed, require
from cgr_nb.notebook.parameters import share_out
from cgr_nb.util.atomic_write import replacing
from cgr_nb.util.progress import Show, progress_bar

__all__ = ["FOLDER", "Done", "execute_notebooks"]

_LOGGER = logging.getLogger(__name__)

FOLDER = "study"
"""Where notebooks keep their study when no parameter says so; under `out`."""
MARK = "cgr_nb"
"""Key of our metadata in an executed notebook."""


@dataclass(frozen=True, slots=True)
class Done:
    """One notebook that is done."""

    executed: Path
    """The executed copy."""
    again: bool
    """False when it was done already."""


def execute_notebooks(
    notebooks: Sequence[Path],
    out: Path,
    parameters: Mapping[str, object],
    *,
    fresh: bool = False,
    progress: Show = True,
) -> list[Done]:
    """Execute notebooks in order; see the module for what is done again.

    Args:
        notebooks: What to execute.
        out: Folder of the executed copies, and the working folder of the notebooks.
        parameters: Given to each notebook that knows them. Paths that are relative start from
            `out`.
        fresh: Execute also what is done already.
        progress: Show how many cells of a notebook, and how many rows of the study, are done.

    Raises:
        ConfigError: A parameter is known to no notebook.
        CgrError: A cell failed; what was executed up to it is kept.
        ExtraError: What executes notebooks is not installed.
    """
    shares = share_out(notebooks, parameters)
    out.mkdir(parents=True, exist_ok=True)
    done = []
    # On a terminal each notebook has a bar of its own, of its cells.
    with progress_bar(progress if progress == "lines" else False, "notebooks") as bar:
        for number, path in enumerate(notebooks):
            bar(number, len(notebooks), path.name)
            executed = out / path.name
            fingerprint = _fingerprint(path, shares[path])
            again = fresh or not _is_done(executed, fingerprint)
            _LOGGER.info("%s: %s", path.name, "execute" if again else "is done")
            if again:
                # What comes after it may rest on it.
                fresh = True
                _execute(path, executed, shares[path], fingerprint, progress)
            done.append(Done(executed, again))
        bar(len(notebooks), len(notebooks))
    return done


def _fingerprint(path: Path, parameters: Mapping[str, object]) -> str:
    """Everything of ours that decides what an executed notebook says."""
    config = parameters.get("config")
    study = Path(config) if isinstance(config, str) else None
    parts: list[object] = [__version__, dict(parameters), path.read_text("utf-8")]
    parts.append(study.read_text("utf-8") if study is not None and study.is_file() else None)
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _is_done(executed: Path, fingerprint: str) -> bool:
    if not executed.is_file():
        return False
    try:
        metadata = json.loads(executed.read_text("utf-8"))["metadata"]
    except (ValueError, KeyError, TypeError):
        return False
    return bool(metadata.get(MARK, {}).get("complete") == fingerprint)


def _execute(
    path: Path,
    executed: Path,
    parameters: Mapping[str, object],
    fingerprint: str,
    progress: Show,
) -> None:
    require("ipykernel", where=path.name)
    with needed("papermill", where=path.name):
        import nbformat
        import papermill
        from papermill.exceptions import PapermillExecutionError
        from traitlets.config import Config

    from cgr_nb.notebook.watching import row_bar

    study = executed.parent / str(parameters.get("folder", FOLDER))
    try:
        with row_bar(study if progress else None, progress):
            papermill.execute_notebook(
                str(path),
                str(executed),
                dict(parameters),
                kernel_name="python3",
                language="python",  # a notebook need not say so
                cwd=str(executed.parent),
                # Nobody else on this machine should be able to talk to the kernel.
                config=Config(KernelManager={"transport": "ipc"}),
                progress_bar={"desc": path.stem, "unit": " cells"} if progress is True else False,
            )
    except PapermillExecutionError as error:
        first = next(iter(str(error.source).strip().splitlines()), "")
        raise CgrError(
            f"cell {error.cell_index} of {path.name} failed: {error.ename}: {error.evalue}",
            where=f"{executed}, the cell that begins with {first!r}",
            fix="fix the cause and repeat the command: it resumes at this notebook",
        ) from error
    # nbformat is not typed.
    notebook: Any = nbformat.read(executed, as_version=4)  # type: ignore[no-untyped-call]
    notebook.metadata[MARK] = {"complete": fingerprint}
    with replacing(executed) as unfinished:
        nbformat.write(notebook, unfinished)  # type: ignore[no-untyped-call]  # nor here
    _trust(notebook)


def _trust(notebook: Any) -> None:  # noqa: ANN401 - nbformat is not typed
    """Let Jupyter show what has just been computed here, as it does where it ran the cells itself;
    else it would take panels out of a notebook that it does not know."""
    from nbformat.sign import NotebookNotary

    # Where nothing can be kept for Jupyter, it asks its user.
    with suppress(OSError, sqlite3.Error):
        NotebookNotary().sign(notebook)  # type: ignore[no-untyped-call]
