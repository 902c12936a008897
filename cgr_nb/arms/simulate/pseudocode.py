"""A reply -> the pseudocode that it contains, as text that is never run.

It need not be valid Python: everything below a line `def name(...)` belongs to a function.
"""

from __future__ import annotations

import re

from cgr_nb.scaffolds.blocks import fenced_blocks
from cgr_nb.thoughts import split_thoughts

__all__ = ["PSEUDOCODE_CHARS", "block_of", "blocks_of", "function_of", "name_of"]

PSEUDOCODE_CHARS = 20_000
"""Of a longer text nothing is taken: it is no pseudocode, and every item would be shown it."""

_DEF = re.compile(r"^(?:async[ \t]+)?def[ \t]+([^\W\d]\w{0,80})[ \t]*\(", re.MULTILINE)


def blocks_of(reply: str) -> str | None:
    """All fenced blocks of a reply as one text; None where there is none, or it is too long.

    Args:
        reply: The reply as decoded; thoughts in it are left out.
    """
    _, said = split_thoughts(reply)
    text = "\n\n".join(block.text.strip("\n").rstrip() for block in fenced_blocks(said))
    return text if 0 < len(text) <= PSEUDOCODE_CHARS else None


def function_of(reply: str) -> str | None:
    """The last fenced block of a reply with a function; where no block has one, the text from its
    first function on. None where there is none, or it is too long.

    Args:
        reply: The reply as decoded; thoughts in it are left out.
    """
    _, said = split_thoughts(reply)
    found = [block.text for block in fenced_blocks(said) if _DEF.search(block.text)]
    if found:
        text = found[-1]
    else:
        start = _DEF.search(said)
        if start is None:
            return None
        text = said[start.start() :]
    text = text.strip("\n").rstrip()
    return text if len(text) <= PSEUDOCODE_CHARS else None


def block_of(reply: str) -> tuple[str, bool]:
    """The last fenced block of a reply that is not empty, and whether there is one; where there is
    none, all that is said. Cut to `PSEUDOCODE_CHARS` characters.

    Args:
        reply: The reply as decoded; thoughts in it are left out.
    """
    _, said = split_thoughts(reply)
    found = [block.text for block in fenced_blocks(said) if block.text.strip()]
    text = found[-1] if found else said
    return text.strip("\n").rstrip()[:PSEUDOCODE_CHARS], bool(found)


def name_of(pseudocode: str) -> str:
    """The name of the function that is called: `answer` where there is one of that name, else the
    last.

    Args:
        pseudocode: From `function_of`.
    """
    names = [found[1] for found in _DEF.finditer(pseudocode)]
    return "answer" if "answer" in names or not names else names[-1]
