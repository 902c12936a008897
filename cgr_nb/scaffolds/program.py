"""A generator's reply -> the program in it, byte for byte, and the scaffold record."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Item, ModelCard, Scaffold, content_id

__all__ = ["SOURCE_LIMIT", "extract_program", "make_scaffold", "parse", "program_id", "scaffold_id"]

SOURCE_LIMIT = 200_000
"""Characters above which a program is not parsed: its syntax tree would need gigabytes."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^\n`]*)$", re.MULTILINE)
_SOLVE = re.compile(r"^(?:async[ \t]+)?def[ \t]+solve\b", re.MULTILINE)
_PYTHON = {"", "py", "python", "python3"}
_START = re.compile(
    r"^(?:import |from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:]|@\w"
    r"|(?:GENERATOR_ANSWER|DIFFICULTY)\s*[:=])",
    re.MULTILINE,
)
_CODE_LINE = re.compile(
    r"[\s#@)\]}]|(?:import|from|async|def|class|if|elif|else|for|while|try|except|finally|with"
    r"|return|pass|assert|del|global|raise)\b|[\w.]+(?:\[[^\]]*\])?\s*(?::[^=]+)?[-+*/|&]?=[^=]"
    r"|[\w.]+\(|\"\"\"|'''|$"
)


def extract_program(reply: str) -> str | None:
    """Find the program in a reply.

    Of several fenced blocks it is the last that defines `solve`, else the last in Python; a block
    whose fence is never closed runs to the end of the reply. Without a fence it is the text from
    the first line that begins a program to the last before prose goes on. Text before `</think>` is
    not looked at. Nothing inside the program is changed.

    Returns:
        The program text, or None when the reply holds none.
    """
    text = _after_thinking(reply)
    blocks = [(language, body) for language, body in _fenced(text) if body.strip()]
    defining = [body for _, body in blocks if _SOLVE.search(body)]
    python = [body for language, body in blocks if language in _PYTHON]
    if defining or python:
        return (defining or python)[-1]
    return None if blocks else _unfenced(text)


def program_id(source: str) -> str:
    """Content hash of a program's text."""
    return content_id("program", source)


def scaffold_id(item: Item, call_id: str) -> str:
    """Content hash of an item and the call that asked for its scaffold.

    The call stands for generator, prompt, sampling and seed, so the id is known before the reply.
    """
    return content_id("scaffold", item.id, call_id)


def make_scaffold(
    item: Item,
    card: ModelCard,
    prompt: RenderedPrompt,
    reply: str | None,
    *,
    call_id: str,
    seed: int,
) -> Scaffold:
    """Make the record of what a generator wrote for an item.

    Args:
        item: The item; only its id is used.
        card: The generator.
        prompt: The prompt it was given.
        reply: Its reply; None when the call failed.
        call_id: The call's id.
        seed: The call's seed.
    """
    source = None if reply is None else extract_program(reply)
    return Scaffold(
        id=scaffold_id(item, call_id),
        item_id=item.id,
        generator=card.name,
        program_id=None if source is None else program_id(source),
        source=source,
        call_id=call_id,
        prompt_hash=prompt.hash,
        seed=seed,
    )


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


def _after_thinking(reply: str) -> str:
    _, closed, after = reply.rpartition("</think>")
    if closed:
        return after
    # Reasoning that never ends holds drafts, not an answer.
    return "" if reply.lstrip().startswith("<think>") else reply


def _fenced(text: str) -> Iterator[tuple[str, str]]:
    """Language and body of each fenced block."""
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif _closes(fence, opened):
            yield _language(opened), text[_body_start(opened) : fence.start()]
            opened = None
    if opened is not None:
        yield _language(opened), text[_body_start(opened) :]


def _closes(fence: re.Match[str], opened: re.Match[str]) -> bool:
    same = fence[1][0] == opened[1][0] and len(fence[1]) >= len(opened[1])
    return same and not fence[2].strip()


def _language(fence: re.Match[str]) -> str:
    words = fence[2].strip(" \t\r{}.").lower().split()
    return words[0] if words else ""


def _body_start(fence: re.Match[str]) -> int:
    return min(fence.end() + 1, len(fence.string))


def _unfenced(text: str) -> str | None:
    start = _START.search(text)
    if start is None:
        return None
    program = text[start.start() :]
    if isinstance(parse(program), str):
        kept = []
        for line in program.splitlines(keepends=True):
            if not _CODE_LINE.match(line):
                break
            kept.append(line)
        program = "".join(kept)
    return program
