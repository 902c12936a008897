"""A study file to start from: every setting with its default and what it means."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from cgr_nb.errors import ConfigError

__all__ = ["template_text", "write_template"]


def template_text() -> str:
    """The commented study file."""
    return resources.files("cgr_nb.study").joinpath("template.toml").read_text("utf-8")


def write_template(path: Path) -> None:
    """Write the commented study file.

    Raises:
        ConfigError: There is a file already; it stays as it is.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(template_text())
    except FileExistsError as error:
        raise ConfigError(
            "there is a file already", where=str(path), fix="give another name"
        ) from error
