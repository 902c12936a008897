"""Which chat template a model is asked through: its file's, or one that its card names.

Option `chat_template` of a card is the name of a known one (`KNOWN`), a file, or Jinja source. It
goes before the file's own. What a known template says never changes under its name. A base model
(`prompts = "base"`) completes texts: it is asked through "base" unless its card names another.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from cgr_nb.errors import ModelError, did_you_mean
from cgr_nb.models.weights import home_expanded
from cgr_nb.records import BASE_PROFILE, ModelCard

__all__ = ["KNOWN", "how_to_give_one", "stop_texts", "template_source", "with_template_text"]

KNOWN: dict[str, tuple[str, ...]] = {
    "base": ("\nQuestion:",),
    "chatml": ("<|im_end|>", "<|im_start|>"),
    "gemma": ("<end_of_turn>", "<start_of_turn>"),
    "llama-3": ("<|eot_id|>", "<|start_header_id|>"),
    "mistral": ("[INST]",),
    "phi-3": ("<|end|>", "<|user|>"),
}
"""Name -> texts that end a reply: also where the vocabulary does not know them as tokens."""
_MOST_BYTES = 256 << 10
_MOST_NAME = 200


def template_source(card: ModelCard, base: Path, own: str | None) -> str:
    """Jinja source of a model's chat template.

    Args:
        card: The model.
        base: Folder that a relative path in the card starts from.
        own: The template in its weight file; None where it holds none.

    Raises:
        ModelError: There is none, or the card names one that can't be read.
    """
    named = card.chat_template
    if named is None:
        if own is None:
            raise ModelError(
                "the model has no chat template",
                where=f"model '{card.name}'",
                fix=how_to_give_one(),
            )
        return own
    if named in KNOWN:
        place = resources.files("cgr_nb.models").joinpath("templates", f"{named}.jinja")
        return place.read_text("utf-8").removesuffix("\n")
    return named if _is_source(named) else _read(card, base / _path(card, named))


def stop_texts(card: ModelCard) -> tuple[str, ...]:
    """Texts that end a reply of a model which is asked through a known template."""
    return KNOWN.get(card.chat_template or "", ())


def with_template_text(card: ModelCard, base: Path) -> ModelCard:
    """The card with the text of its template file in place of the file's name.

    So a template is part of what the model is, wherever the file lies, and of what is exported.
    One that is not there is left to whoever opens the model: its name becomes absolute.

    Raises:
        ModelError: The file can't be read.
    """
    named = card.options.get("chat_template")
    if not isinstance(named, str) or named in KNOWN or _is_source(named):
        return card
    file = base / _path(card, named)
    text = _read(card, file) if file.is_file() else str(file.absolute())
    return replace(card, options={**card.options, "chat_template": text})


def how_to_give_one() -> str:
    """What to do about a file without a template, in words."""
    names = ", ".join(f'"{name}"' for name in KNOWN if name != BASE_PROFILE)
    return (
        "an instruction-tuned model: add options = { chat_template = NAME } to its card, with "
        f'{names} or a file; a base model: prompts = "{BASE_PROFILE}"'
    )


def _is_source(named: str) -> bool:
    return "{{" in named or "{%" in named


def _path(card: ModelCard, named: str) -> Path:
    return Path(home_expanded(named, f"model '{card.name}'"))


def _read(card: ModelCard, file: Path) -> str:
    where = f"model '{card.name}'"
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the chat template can't be read: {getattr(error, 'strerror', None) or error}",
            where=where,
            got=str(file)[:_MOST_NAME],
            fix=f"name a file, or a known template; {did_you_mean(file.name, KNOWN)}",
        ) from error
    if len(data) > _MOST_BYTES or not _is_source(text):
        raise ModelError("not a chat template", where=where, got=str(file)[:_MOST_NAME])
    return text
