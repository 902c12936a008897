"""From a reply to a letter: a cascade of small named rules that never guesses.

`extract` says what was read, by which rule and where; `read_letter` and `read_number` are the short
forms that scaffolds use; `option_of` goes from a program's value to an option. Only the standard
library and the shared records are imported: the sandboxed process loads this too.
"""

from __future__ import annotations

from cgr_nb.answers.extraction import CUT_THOUGHT, extract, extract_reply, read_letter
from cgr_nb.answers.languages import prepare_lists
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.numbers import read_number
from cgr_nb.answers.option_value import option_of

__all__ = [
    "CUT_THOUGHT",
    "EXTRACTION_VERSION",
    "extract",
    "extract_reply",
    "option_of",
    "prepare",
    "read_letter",
    "read_number",
]

EXTRACTION_VERSION = 7
"""Raised when the rules change what is read: rows read by other rules must not be mixed."""


def prepare() -> None:
    """Compile all patterns and prepare all lists, which otherwise waits for the reply that first
    needs them: for a process whose forks would each do it again."""
    LazyPattern.compile_all()
    prepare_lists()
