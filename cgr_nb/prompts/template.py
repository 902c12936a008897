"""A prompt template: one versioned text file, found, checked and cut into roles and fields.

`templates/<profile>/<name>@<version>.txt` is UTF-8. A line `[system]`, `[user]` or `[assistant]`
opens a turn: a system turn first, if any, then user and assistant in turn (worked examples), a user
turn last; a file without such lines is one user turn. `{question}`, `{options}`, `{context_block}`
and `{letters}` are fields, and so are those that an arm declares for its own templates;
`{contract@1}` quotes `templates/contract@1.txt` as it stands; `{{` and `}}` are braces. One newline
at the end of a turn is not part of it.

A user's folder of the same layout comes first, name by name. What a file says never changes under
its version: a new wording is a new file.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from cgr_nb.errors import PromptError, did_you_mean
from cgr_nb.records import Message
from cgr_nb.util.file_memo import FileMemo

__all__ = [
    "FIELDS",
    "Template",
    "available",
    "is_there",
    "load_template",
    "read_template",
    "template_folders",
]

FIELDS = ("question", "options", "context_block", "letters")
"""What a template may ask of an item."""

BUNDLED = Path(__file__).parent / "templates"
_PIECE = re.compile(r"\{\{|\}\}|\{([a-z_]+)(?:@(\d+))?\}|[{}]")
_ROLE = re.compile(r"^\[(system|user|assistant)\]\n", re.MULTILINE)

Role = Literal["system", "user", "assistant"]
Piece = tuple[Literal["text", "field"], str]


@dataclass(frozen=True, slots=True)
class Template:
    """One template, ready to be filled."""

    name: str
    profile: str
    version: int
    text: str
    """The file, followed by each file it quotes, as they stand."""
    hash: str
    """SHA-256 of `text` in UTF-8, 64 hex digits."""
    turns: tuple[tuple[Role, tuple[Piece, ...]], ...]
    """Role and pieces of each turn; a piece is literal text or the name of a field."""

    def fill(self, fields: Mapping[str, str]) -> tuple[Message, ...]:
        """Put values in place of fields, in one pass: a value is never searched for fields."""
        return tuple(
            [
                known
                or Message(
                    role,
                    "".join([fields[text] if kind == "field" else text for kind, text in pieces]),
                )
                for role, pieces, known in _turns_once(self.turns)
            ]
        )

    def reordered(self, seed: int) -> Template:
        """The template with its worked examples in another order.

        Examples are the turns before the last one, less a system turn; of a template of one turn,
        the blocks between empty lines of the text before its first field. What holds a field stays
        where it is.

        Args:
            seed: Of the order.
        """
        draw = random.Random(seed)
        start = int(self.turns[0][0] == "system")
        pairs = [self.turns[place : place + 2] for place in range(start, len(self.turns) - 1, 2)]
        if any(kind == "field" for pair in pairs for _, pieces in pair for kind, _ in pieces):
            return self
        draw.shuffle(pairs)
        last, (first, *rest) = self.turns[-1][0], self.turns[-1][1]
        if not pairs and first[0] == "text":
            *blocks, end = first[1].split("\n\n")
            draw.shuffle(blocks)
            first = ("text", "\n\n".join((*blocks, end)))
        turns = [*self.turns[:start], *(turn for pair in pairs for turn in pair)]
        return replace(self, turns=(*turns, (last, (first, *rest))))


@lru_cache(maxsize=256)
def _turns_once(
    turns: tuple[tuple[Role, tuple[Piece, ...]], ...],
) -> tuple[tuple[Role, tuple[Piece, ...], Message | None], ...]:
    """Turns with the message that each is where it holds no field: worked examples are the same in
    every prompt."""
    return tuple(
        (
            role,
            pieces,
            None
            if any(kind == "field" for kind, _ in pieces)
            else Message(role, "".join(text for _, text in pieces)),
        )
        for role, pieces in turns
    )


def load_template(
    name: str,
    profile: str = "full",
    version: int | None = None,
    folder: Path | None = None,
    fields: Sequence[str] | None = (),
) -> Template:
    """Read one template.

    Args:
        name: "direct", "generator", "reask" or one of the user's own.
        profile: "full" for instruction-tuned models, "base" for those that complete texts, "tiny"
            for the bundled ones.
        version: None takes the newest of the first folder that has the name.
        folder: The user's templates, looked at before the bundled ones.
        fields: What it may ask for beside `FIELDS`; None: anything, where it is known by its hash
            and nobody fills it.

    Raises:
        PromptError: There is no such template, or it is malformed.
    """
    asked_for = None if fields is None else tuple(fields)
    key = (name, profile, version, None if folder is None else str(folder), asked_for)
    return _LOADED.of(key, lambda: read_template(name, profile, version, folder, asked_for))


_LOADED: FileMemo[Template] = FileMemo()


def read_template(
    name: str,
    profile: str,
    version: int | None,
    folder: Path | None,
    fields: tuple[str, ...] | None,
) -> tuple[Template, list[Path]]:
    """See `load_template`; and every file and folder that was looked at."""
    path, found = _find(f"{profile}/{name}", version, folder)
    data = _read(path)
    files = [data]
    looked_at = [path, *template_folders(profile, folder)]
    turns = []
    for role, text in _sections(data.decode("utf-8"), path):
        pieces: list[Piece] = []
        known = None if fields is None else (*FIELDS, *fields)
        for kind, piece, quoted in _pieces(text, path, known):
            if kind == "quote":
                source, _ = _find(piece, quoted, folder)
                content = _read(source)
                files.append(content)
                looked_at += [source, *_roots(folder)]
                pieces.append(("text", content.decode("utf-8").removesuffix("\n")))
            else:
                pieces.append((cast('Literal["text", "field"]', kind), piece))
        turns.append((role, tuple(pieces)))
    whole = b"".join(files)
    digest = hashlib.sha256(whole).hexdigest()
    template = Template(name, profile, found, whole.decode("utf-8"), digest, tuple(turns))
    return template, looked_at


def is_there(name: str, profile: str, folder: Path | None = None) -> bool:
    """Whether there is a template of that name, of any version."""
    return any(_versions(root, f"{profile}/{name}") for root in _roots(folder))


def template_folders(profile: str, folder: Path | None = None) -> list[Path]:
    """Where templates of a profile are looked for, in this order, whether they are there or not."""
    return [root / profile for root in _roots(folder)]


def available(folder: Path | None = None) -> tuple[str, ...]:
    """Names of all templates, as "profile/name@version", the user's own among them."""
    names = {
        path.relative_to(root).as_posix().removesuffix(".txt")
        for root in _roots(folder)
        for path in root.glob("*/*@*.txt")
    }
    return tuple(sorted(names))


def _roots(folder: Path | None) -> tuple[Path, ...]:
    return (BUNDLED,) if folder is None else (Path(folder), BUNDLED)


def _versions(root: Path, name: str) -> dict[int, Path]:
    """Version -> file, of one template in one folder."""
    parent, _, stem = name.rpartition("/")
    return {
        int(path.stem.rpartition("@")[2]): path
        for path in (root / parent).glob(f"{stem}@*.txt")
        if path.stem.rpartition("@")[2].isdecimal()
    }


def _find(name: str, version: int | None, folder: Path | None) -> tuple[Path, int]:
    for root in _roots(folder):
        versions = _versions(root, name)
        if version is None and versions:
            newest = max(versions)
            return versions[newest], newest
        if version in versions:
            return versions[version], version
    wanted = name if version is None else f"{name}@{version}"
    known = available(folder)
    close = did_you_mean(wanted, known, cutoff=0.3)
    file = f"{name}@{version or 1}.txt"
    place = f"in {folder}" if folder else "in the folder that `prompts` of study.toml names"
    raise PromptError(
        f"there is no prompt template {wanted!r}",
        fix=f"a template of your own is the file {file} {place}; {close}",
    )


def _read(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"the template can't be read: {error}", where=str(path)) from error
    return data


def _sections(text: str, path: Path) -> list[tuple[Role, str]]:
    marks = list(_ROLE.finditer(text))
    if not marks:
        return [("user", text.removesuffix("\n"))]
    if text[: marks[0].start()].strip():
        raise PromptError(
            "there is text before the first role line",
            where=str(path),
            fix="begin the file with [system], [user] or [assistant]",
        )
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    sections = [
        (cast(Role, mark[1]), text[mark.end() : end].removesuffix("\n"))
        for mark, end in zip(marks, ends, strict=True)
    ]
    roles = [role for role, _ in sections]
    turns = roles[1:] if roles[0] == "system" else roles
    # Turn about, a user's first and last: what every chat template takes.
    if turns[::2] != ["user"] * (len(turns) // 2 + 1) or set(turns[1::2]) - {"assistant"}:
        raise PromptError(
            "the turns of a template are an optional [system], then alternating [user] and"
            " [assistant], ending with [user]",
            where=str(path),
            got=", ".join(role for role, _ in sections),
        )
    return sections


def _pieces(
    text: str, path: Path, fields: Sequence[str] | None
) -> list[tuple[str, str, int | None]]:
    pieces: list[tuple[str, str, int | None]] = []
    place = 0
    for match in _PIECE.finditer(text):
        pieces.append(("text", text[place : match.start()], None))
        place = match.end()
        name, version = match[1], match[2]
        if match[0] in ("{{", "}}"):
            pieces.append(("text", match[0][0], None))
        elif name is not None and version is not None:
            pieces.append(("quote", name, int(version)))
        elif name is not None and (fields is None or name in fields):
            pieces.append(("field", name, None))
        else:
            line = text.count("\n", 0, match.start()) + 1
            raise PromptError(
                f"unknown field in line {line} of a turn",
                where=str(path),
                got=match[0],
                fix="fields (an arm declares its own in its `ArmPrompt`) are {"
                + "}, {".join(fields or FIELDS)
                + "}; write {{ and }} for braces",
            )
    pieces.append(("text", text[place:], None))
    return [piece for piece in pieces if piece[1]]
