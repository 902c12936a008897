"""What the pages of simulations have in common: words filled with figures, and a command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["filled", "main"]

PAGES = Path(__file__).resolve().parents[2] / "docs" / "benchmarks"


def filled(script: str, figures: Mapping[str, str]) -> str:
    """The words of a script's page, with figures in the place of their names.

    Args:
        script: The script's file, `NAME.py`; its words are `NAME_words.md` beside it.
        figures: Name, as it stands in braces, -> text.
    """
    path = Path(script)
    text = path.with_name(f"{path.stem}_words.md").read_text("utf-8")
    for name, value in figures.items():
        text = text.replace("{" + name + "}", value)
    return text


def main(script: str, about: str, report: Callable[[int], str], studies: int) -> None:
    """Write the page into `docs/benchmarks`, or print it.

    Args:
        script: The script's file.
        about: Its first line.
        report: The page, made of so many simulated studies of each shape.
        studies: So many by default.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(
        "--studies", type=int, default=studies, help="simulated studies of each shape"
    )
    parser.add_argument("--print", action="store_true", help="print, write nothing")
    given = parser.parse_args()
    text = report(given.studies)
    if given.print:
        print(text)
    else:
        (PAGES / f"{Path(script).stem}.md").write_text(text, "utf-8")
