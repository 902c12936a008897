"""Prompts for programs, out of the study: as files of an OpenAI batch, or as plain JSON Lines.

`custom_id` names a prompt by generator, messages and sampling, so the same study writes the same
lines, and replies to them find their place whatever order they come in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, get_args

from cgr_nb.errors import ConfigError
from cgr_nb.models.asking import Asking
from cgr_nb.models.dialects import DIALECTS, request_body
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.study.program_prompts import ProgramPrompt
from cgr_nb.util.surrogates import escape_surrogates_in

__all__ = ["PROMPT_FORMATS", "PromptFormat", "prompt_lines", "write_prompts"]

PromptFormat = Literal["openai-batch", "jsonl"]
PROMPT_FORMATS: tuple[PromptFormat, ...] = get_args(PromptFormat)
BATCH_LINES, BATCH_BYTES = 50_000, 200_000_000
"""What one file of an OpenAI batch may have at most."""


def prompt_lines(
    prompts: Iterable[ProgramPrompt], form: PromptFormat, model: str | None = None
) -> Iterator[bytes]:
    """One line a prompt, its line end included.

    Args:
        prompts: What to write.
        form: Which format.
        model: Name of the model in the lines of a batch; None: as the card says.

    Raises:
        RequestError: The study's sampling has a field that the card's server does not take.
        ModelError: A card of a server is wrong.
    """
    for prompt in prompts:
        line = _batch_line(prompt, model) if form == "openai-batch" else _plain_line(prompt)
        text = json.dumps(escape_surrogates_in(line), ensure_ascii=False, separators=(",", ":"))
        yield text.encode() + b"\n"


def write_prompts(
    prompts: Iterable[ProgramPrompt],
    form: PromptFormat,
    target: Path,
    model: str | None = None,
    *,
    most_lines: int = BATCH_LINES,
    most_bytes: int = BATCH_BYTES,
) -> list[Path]:
    """Write prompts into a file; of a batch into several, numbered, where one would be too large.

    A file that is there with the same lines stays; one with others is an error, and nothing is
    written.

    Args:
        prompts: What to write; where there are none no file is made.
        form: Which format.
        target: The file; "p.jsonl" becomes "p-00001-of-00003.jsonl" where there are several.
        model: See `prompt_lines`.
        most_lines: Of one file of a batch.
        most_bytes: Of one file of a batch.

    Returns:
        The files, in order.

    Raises:
        ConfigError: There is another file already.
        CgrError: As `prompt_lines`.
    """
    limits = (most_lines, most_bytes) if form == "openai-batch" else (None, None)
    unfinished: list[Path] = []
    try:
        for number, part in enumerate(_parts(prompt_lines(prompts, form, model), *limits), 1):
            unfinished.append(target.with_name(f"{target.name}.{number}.making"))
            with unfinished[-1].open("wb") as opened:
                opened.writelines(part)
        files = _names(target, len(unfinished))
        for made, file in zip(unfinished, files, strict=True):
            if file.exists() and (not file.is_file() or file.read_bytes() != made.read_bytes()):
                raise ConfigError(
                    "a different file already exists", where=str(file), fix="choose another name"
                )
        for made, file in zip(unfinished, files, strict=True):
            made.replace(file)
    finally:
        for made in unfinished:
            made.unlink(missing_ok=True)
    return files


def _names(target: Path, count: int) -> list[Path]:
    if count <= 1:
        return [target] * count
    stem, suffix = target.stem, target.suffix
    return [
        target.with_name(f"{stem}-{number:05}-of-{count:05}{suffix}")
        for number in range(1, count + 1)
    ]


def _parts(
    lines: Iterable[bytes], most_lines: int | None, most_bytes: int | None
) -> Iterator[Sequence[bytes]]:
    part: list[bytes] = []
    size = 0
    for line in lines:
        full = (most_lines is not None and len(part) >= most_lines) or (
            most_bytes is not None and size + len(line) > most_bytes
        )
        if part and full:
            yield part
            part, size = [], 0
        part.append(line)
        size += len(line)
    if part:
        yield part


def _batch_line(prompt: ProgramPrompt, model: str | None) -> dict[str, Any]:
    card, request = prompt.card, prompt.request
    if card.backend == "openai":
        how = EndpointOptions.of(card)
        asking = Asking(
            request.messages, request.sampling, None, False, how.system_turn == "folded"
        )
        body = {name: part for name, part in asking.body(how).items() if name not in how.omit}
    else:
        dialect = DIALECTS["openai"]
        body = request_body(dialect, "none", card.name, request.messages, request.sampling)
    if model is not None:
        body["model"] = model
    return {
        "custom_id": prompt.key,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": body,
    }


def _plain_line(prompt: ProgramPrompt) -> dict[str, Any]:
    sampling = asdict(prompt.request.sampling)
    del sampling["choices"]
    return {
        "custom_id": prompt.key,
        "item_id": prompt.items[0].id,
        "generator": prompt.card.name,
        "purpose": prompt.purpose,
        "messages": [asdict(turn) for turn in prompt.request.messages],
        "sampling": sampling,
    }
