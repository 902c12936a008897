"""The study notebook, executed headlessly by papermill."""

from __future__ import annotations

from pathlib import Path

from cgr_nb.bundled import bundled_folder
from cgr_nb.errors import CgrError

__all__ = ["execute_study_notebook"]


def execute_study_notebook(
    config: Path | None, out: Path, per_dataset: int = 20, progress: bool = True
) -> Path:
    """Run `notebooks/study.ipynb` and keep the executed copy.

    Args:
        config: A `study.toml` or its folder; None runs the bundled study into `out`.
        out: Folder of the executed notebook.
        per_dataset: Items of each bundled set, when there is no config.
        progress: Show papermill's progress bar.

    Returns:
        The executed notebook; when a cell fails it is there too, up to that cell.

    Raises:
        CgrError: A cell failed.
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    out.mkdir(parents=True, exist_ok=True)
    executed = out / "study.ipynb"
    parameters: dict[str, object] = {
        "config": str(config.resolve()) if config is not None else None,
        "folder": str(out.resolve()),
        "per_dataset": per_dataset,
    }
    try:
        papermill.execute_notebook(
            str(bundled_folder("notebooks") / "study.ipynb"),
            str(executed),
            parameters,
            kernel_name="python3",
            progress_bar=progress,
        )
    except PapermillExecutionError as error:
        raise CgrError(
            f"cell {error.exec_count} of the notebook failed: {error.ename}: {error.evalue}",
            where=str(executed),
            fix="open it: the failing cell is marked",
        ) from error
    return executed
