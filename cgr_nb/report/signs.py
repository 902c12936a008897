"""Signs that a reader does not see and that change what is seen, as escapes.

A program can be written so that it reads otherwise than it runs: signs that turn the direction of
writing, signs without width, letters that are blank. In a report all of them stand as Python would
write them. The joiners of scripts and emoji stay where they join.
"""

from __future__ import annotations

import re

__all__ = ["with_escapes"]

_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, but for tabulator and line ends
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]"
    # Joiners and variants have work to do between letters of other scripts and emoji only.
    "|(?<![^\x00-\x7f])[\u200c\u200d\ufe00-\ufe0f]|[\u200c\u200d](?![^\x00-\x7f])"
)


def with_escapes(text: str) -> str:
    """The text with every sign that is not seen as an escape, such as `\\u202e`."""
    return _UNSEEN.sub(lambda found: _escape(found[0]), text)


def _escape(sign: str) -> str:
    code = ord(sign)
    if code > 0xFFFF:
        return f"\\U{code:08x}"
    return f"\\u{code:04x}" if code > 0xFF else f"\\x{code:02x}"
