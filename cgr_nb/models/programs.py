"""A generator whose programs are read from files: written by a person, a batch job or another tool.

`path` of the card is a folder or a file (see `program_files`), from the registry's place; each
program is for the item, or the prompt, that its name or key says. What the generator is, for the
ids of its calls, is its programs: not where they lie, nor in which file. A card without a path has
none of its own: its programs are those that `study import` brings.

A program is looked up by its item, so `reply` has no answer to give: a study takes the programs of
its items before it asks (see `cgr_nb.study.given_programs`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import ModelError, ProgramMissing
from cgr_nb.models.program_files import read_program_files
from cgr_nb.models.sampling import check_request
from cgr_nb.models.weights import home_expanded
from cgr_nb.models.written_reply import WrittenReply
from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["ProgramsModel"]

_CHARACTERS_A_TOKEN = 4


class ProgramsModel:
    """The programs of one card, by key."""

    def __init__(self, card: ModelCard, base: Path) -> None:
        """Read the programs.

        Args:
            card: The generator; `card.path` is its folder or file, None for none.
            base: Folder that a relative path starts from.

        Raises:
            ModelError: The card has options or another role, the path holds nothing that can be
                read, or other programs than the card's hash says.
        """
        where = f"model '{card.name}'"
        if card.roles != ("generator",):
            raise ModelError(
                "only a generator can have backend 'programs'",
                where=where,
                got=", ".join(card.roles),
                fix='set roles = ["generator"]',
            )
        if card.options:
            raise ModelError(
                "a card with backend 'programs' has no options",
                where=where,
                got=", ".join(card.options),
            )
        self.programs: dict[str, WrittenReply] = {}
        """Key -> the first reply that is for it."""
        self.unused: list[WrittenReply] = []
        """Lines without a program, without a key, or for a key that has another one."""
        if card.path is not None:
            self._read(base / home_expanded(card.path, where))
            found = self._hash()
            if card.sha256 not in (None, found):
                raise ModelError(
                    "the programs differ from those that the card names",
                    where=where,
                    got=f"SHA-256 {found}",
                    fix="restore them, or leave sha256 out of the card",
                )
            card = replace(card, sha256=found)
        self.card = card

    def _read(self, path: Path) -> None:
        for line in read_program_files(path):
            if line.kind == "reply" and line.key is not None and line.key not in self.programs:
                self.programs[line.key] = line
            elif line.kind != "blank":
                self.unused.append(line)

    def _hash(self) -> str:
        pairs = [[key, self.programs[key].text] for key in sorted(self.programs)]
        text = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`.

        Raises:
            ProgramMissing: Always: whoever asks has found no program for the item.
        """
        check_request(messages, sampling)
        raise ProgramMissing(
            "there is no program for this prompt yet",
            where=f"model '{self.card.name}'",
            got=f"{len(self.programs):,} programs for other items",
            fix="`cgr-nb study prompts` writes the prompts that have none, `cgr-nb study import`"
            " takes programs",
        )

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """An estimate, four characters a token."""
        return sum(-(-len(message.content) // _CHARACTERS_A_TOKEN) for message in messages)

    async def close(self) -> None:
        """See `Model.close`."""
