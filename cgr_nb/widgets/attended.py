"""Whether a person watches the cell that runs, or a program executes a notebook from top to
bottom."""

from __future__ import annotations

__all__ = ["is_attended"]


def is_attended() -> bool:
    """Whether the front end that runs the cell could ask somebody for input.

    nbclient, and with it papermill and nbconvert, says of each cell that it can't; JupyterLab and
    editors say that they can. False where no kernel runs.
    """
    from IPython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return False
    content = kernel.get_parent("shell").get("content", {})
    return bool(content.get("allow_stdin", False))
