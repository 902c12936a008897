"""A program's text -> its syntax tree, without running anything."""

from __future__ import annotations

import ast
import warnings

__all__ = ["SOURCE_LIMIT", "parse"]

SOURCE_LIMIT = 200_000
"""Characters above which a program is not parsed: its syntax tree would need gigabytes."""


def parse(source: str) -> ast.Module | str:
    """Parse a program without running it: its syntax tree, or one line on why there is none."""
    if len(source) > SOURCE_LIMIT:
        return f"too long to parse: {len(source):,} characters"
    try:
        with warnings.catch_warnings():
            # Doubtful escapes in a program are no message to whoever reads it.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except SyntaxError as error:
        return f"syntax error at line {error.lineno}: {error.msg}"
    except (RecursionError, MemoryError):
        return "syntax error: nested too deeply"
    except ValueError as error:
        return f"syntax error: {error}"
