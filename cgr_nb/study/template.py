"""A study file to start from: every setting with its default and what it means, for some models.

Where a default would leave a model no room for its prompt, a value stands that does, and says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.models import Registry
from cgr_nb.records import ModelCard
from cgr_nb.study.config import BUNDLED
from cgr_nb.study.units import longest_reply, needs_role

__all__ = ["TemplateChoice", "template_text", "write_template"]


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """What a study file is to name from the start; what is left empty stands as in the template."""

    items: tuple[str, ...] = ()
    """Item files or patterns, from where the command is given, or "bundled:" ones."""
    solvers: tuple[str, ...] = ()
    """Names from the registry."""
    generators: tuple[str, ...] = ()
    registry: Path | None = None
    """A registry file of one's own; None: `models.toml` beside the study file, where there is one.
    """


def template_text() -> str:
    """The commented study file with the defaults."""
    return resources.files("cgr_nb.study").joinpath("template.toml").read_text("utf-8")


def write_template(path: Path, choice: TemplateChoice | None = None) -> None:
    """Write the commented study file, for models that can be run with it as it stands.

    Args:
        path: The file.
        choice: What it names; None: the bundled tiny models.

    Raises:
        ConfigError: There is a file already, which stays as it is, or it can't be written; a model
            can't play its role.
        ModelError: A model is not in the registry.
    """
    text = _filled(choice or TemplateChoice(), path.parent)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise ConfigError(
            "the file already exists", where=str(path), fix="choose another name"
        ) from error
    except OSError as error:
        raise ConfigError(
            "the study file can't be written", where=str(path), got=str(error), fix="check the path"
        ) from error


def _filled(choice: TemplateChoice, folder: Path) -> str:
    text = template_text()
    beside = folder / "models.toml"
    own = choice.registry or (beside if beside.is_file() else None)
    registry = Registry.load(own)
    if choice.items:
        text = _with(text, "items", "files", _array([_from(path, folder) for path in choice.items]))
    if own is not None:
        moved = _string(os.path.relpath(own, folder))
        text = text.replace('# registry = "models.toml"', f"registry = {moved}", 1)
    for role, tables in (("solver", ("direct", "ask")), ("generator", ("generator",))):
        names = getattr(choice, f"{role}s")
        if names:
            text = _with(text, "models", f"{role}s", _array(names))
        else:
            names = re.findall(r'"([^"]+)"', _line(text, "models", f"{role}s")[1])
        cards = [needs_role(registry.get(name), role) for name in names]
        for table in tables:
            text = _with_room(text, table, cards)
    return text


def _with_room(text: str, table: str, cards: Sequence[ModelCard]) -> str:
    """The template with replies of a table that fit the models which write them."""
    default = int(_line(text, table, "max_tokens")[1])
    tightest = min(cards, key=lambda card: longest_reply(card, default))
    fits = longest_reply(tightest, default)
    if fits == default:
        return text
    why = f"# default: {default}; context of {tightest.name}: {tightest.context_tokens} tokens"
    return _with(text, table, "max_tokens", f"{fits}      {why}")


def _line(text: str, table: str, key: str) -> tuple[int, str]:
    """Where the value of a setting begins, and the value, without what is said behind it."""
    start = text.index(f"\n[{table}]")
    found = re.compile(rf"^{key} = ([^#\n]*?)[ ]*(?=#|$)", re.MULTILINE).search(text, start)
    assert found is not None  # the template has every setting
    return found.start(1), found[1]


def _with(text: str, table: str, key: str, value: str) -> str:
    start, old = _line(text, table, key)
    return f"{text[:start]}{value}{text[start + len(old) :]}"


def _from(path: str, folder: Path) -> str:
    """A path as it is named in a file of a folder."""
    if path.startswith(BUNDLED) or Path(path).is_absolute():
        return path
    return os.path.relpath(path, folder)


def _array(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_string, texts))}]"


def _string(text: str) -> str:
    import tomli_w

    return tomli_w.dumps({"it": text}).removeprefix("it = ").removesuffix("\n")
