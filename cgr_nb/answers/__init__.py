"""From a reply to a letter: a cascade of small named rules that never guesses.

`extract` says what was read, by which rule and where; `read_letter` and `read_number` are the short
forms that scaffolds use; `option_of` goes from a program's value to an option. Only the standard
library and the shared records are imported: the sandboxed process loads this too.
"""

from __future__ import annotations

from cgr_nb.answers.extraction import CUT_THOUGHT, extract, extract_reply, read_letter
from cgr_nb.answers.numbers import read_number
from cgr_nb.answers.option_value import option_of

__all__ = [
    "CUT_THOUGHT",
    "EXTRACTION_VERSION",
    "extract",
    "extract_reply",
    "option_of",
    "read_letter",
    "read_number",
]

EXTRACTION_VERSION = 7
"""Raised when the rules change what is read: rows read by other rules must not be mixed."""
