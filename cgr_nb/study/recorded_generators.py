"""Generators that are not asked in this run: what they replied earlier is on record.

What a generator is, for the ids of its calls, is its weights among others: where they are not on
this machine, the record says which they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import ConfigError, ProgramMissing
from cgr_nb.models.sampling import check_request
from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["NOT_ON_RECORD", "AbsentGenerator", "recorded_generator"]

NOT_ON_RECORD = "the generator's reply to this prompt is not on record, and it is not asked here"
"""What a unit that waits for such a reply fails with."""
_CHARACTERS_A_TOKEN = 4


def recorded_generator(card: ModelCard, recorded: Iterable[ModelCard], folder: Path) -> ModelCard:
    """The card of a generator with the hash of the weights that its recorded replies came from.

    Args:
        card: As the registry has it.
        recorded: Cards on record.
        folder: Where they are, for errors.

    Raises:
        ConfigError: Nothing of it is on record, or replies of another one, or of several.
    """
    ours = [one for one in recorded if one.name == card.name]
    if not ours:
        raise ConfigError(
            f"no reply of generator '{card.name}' is on record",
            where=str(folder),
            fix="run phase 'generate' first, and name its folder as that of the programs",
        )
    same = [
        found
        for one in ours
        if card.sha256 in (None, one.sha256)
        and (found := replace(card, sha256=one.sha256)).identity == one.identity
    ]
    if len(same) != 1:
        raise ConfigError(
            f"generator '{card.name}' is on record with other weights or options"
            if not same
            else f"generator '{card.name}' is on record with several weights",
            where=str(folder),
            got=", ".join(one.sha256 or one.identity for one in ours),
            fix="give its card the sha256 of the weights that wrote the programs, with the same"
            " options",
        )
    return same[0]


class AbsentGenerator:
    """Stands in a generator's place where only its recorded replies may be used."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`.

        Raises:
            ProgramMissing: Always: whoever asks has found no reply on record.
        """
        check_request(messages, sampling)
        raise ProgramMissing(
            NOT_ON_RECORD,
            where=f"model '{self.card.name}'",
            fix="run phase 'generate' again; requests that an arm makes while it answers are made"
            " by a run without a phase",
        )

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """An estimate, four characters a token."""
        return sum(-(-len(message.content) // _CHARACTERS_A_TOKEN) for message in messages)

    async def close(self) -> None:
        """See `Model.close`."""
