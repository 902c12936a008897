"""Lists and mappings that stand in one cell of a table as text: JSON, or what Python prints."""

from __future__ import annotations

import ast
import io
import itertools
import json
import tokenize

from cgr_nb.items.rejection import Reject

__all__ = ["unpacked"]


def unpacked(value: object) -> object:
    """Return the list or mapping that a text cell spells out; anything but text as it is.

    Raises:
        Reject: "bad_options" when the text is neither JSON nor a Python literal.
    """
    if not isinstance(value, str) or not value.strip():
        return value
    text = value.strip()
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
        try:
            kinds = [token.type for token in tokenize.generate_tokens(io.StringIO(text).readline)]
            # Python would join 'a' 'b', the way numpy prints an array, into one text.
            words = [kind for kind in kinds if kind not in (tokenize.NL, tokenize.NEWLINE)]
            if (tokenize.STRING, tokenize.STRING) not in itertools.pairwise(words):
                literal: object = ast.literal_eval(text)
                return literal
        except (ValueError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError):
            pass
    raise Reject(
        "bad_options",
        f"neither JSON nor a Python list in {text[:60]!r}",
        "write the list as JSON",
    )
