"""What stands around a question that a program puts: template `ask` of the solver's profile.

It shows the form of a reply, short and without an introduction, by a system turn and a few worked
examples; its one field is `{prompt}`. Where a profile has none, or one that says `{prompt}` alone,
a model is shown the program's own words and nothing else.
"""

from __future__ import annotations

from pathlib import Path

from cgr_nb.errors import PromptError
from cgr_nb.prompts.template import (
    FIELDS,
    Template,
    is_there,
    read_template,
    template_folders,
)
from cgr_nb.records import Message
from cgr_nb.util.file_memo import FileMemo

__all__ = ["ask_messages", "ask_template"]

_NAME, _FIELD = "ask", "prompt"
_BARE = (("user", (("field", _FIELD),)),)
_ASKING: FileMemo[Template | None] = FileMemo()
_FILLED: dict[tuple[str, str], tuple[Message, ...]] = {}
"""Hash of the template, or nothing, and question -> messages: one question of a program is put to
every solver."""
_MOST_FILLED = 1_024


def ask_template(profile: str, folder: Path | None = None) -> Template | None:
    """The template around the questions of programs; None where there is none.

    Args:
        profile: Prompt profile of the solver.
        folder: The user's templates, looked at before the bundled ones.

    Raises:
        PromptError: It is malformed, asks for a field of an item, or leaves the question out.
    """
    key = (profile, None if folder is None else str(folder))
    return _ASKING.of(key, lambda: _asking(profile, folder))


def _asking(profile: str, folder: Path | None) -> tuple[Template | None, list[Path]]:
    """The template, and every file and folder that was looked at."""
    folders = template_folders(profile, folder)
    if not is_there(_NAME, profile, folder):
        return None, folders
    template, looked_at = read_template(_NAME, profile, None, folder, (_FIELD,))
    return None if _is_bare(template) else template, [*folders, *looked_at]


def _is_bare(template: Template) -> bool:
    """Whether it says the question alone.

    Raises:
        PromptError: As `ask_template`.
    """
    if template.turns == _BARE:
        return True
    fields = {text for _, pieces in template.turns for kind, text in pieces if kind == "field"}
    if fields != {_FIELD}:
        raise PromptError(
            "a template for the questions of programs uses other fields than the question",
            where=f"template '{template.profile}/{_NAME}@{template.version}'",
            got=f"fields {', '.join(name for name in FIELDS if name in fields) or 'none'}",
            fix=f"use {{{_FIELD}}} and no other field",
        )
    return False


def ask_messages(
    prompt: str, profile: str = "full", folder: Path | None = None
) -> tuple[Message, ...]:
    """What a solver is shown of one question of a program.

    Args:
        prompt: The question.
        profile: As `ask_template`.
        folder: As `ask_template`.

    Raises:
        PromptError: As `ask_template`.
    """
    template = ask_template(profile, folder)
    key = (template.hash if template else "", prompt)
    known = _FILLED.get(key)
    if known is None:
        if len(_FILLED) >= _MOST_FILLED:
            _FILLED.clear()
        filled = template.fill({_FIELD: prompt}) if template else (Message("user", prompt),)
        known = _FILLED[key] = filled
    return known
