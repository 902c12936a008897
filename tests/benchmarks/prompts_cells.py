"""What is measured of prompts: cells of a plan, items, models and the file of figures.

A cell is one template (and a re-ask, where it has one) put to so many items of a set by one model.
Its figures go into prompts.json as soon as it is done, so a measurement that was killed continues
behind the last cell. A cell is measured again when its template says something else, or when it is
asked for with another number of items.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cgr_nb.items import read_items  # noqa: E402
from cgr_nb.models import Model, Registry, card_from_gguf, open_model  # noqa: E402
from cgr_nb.prompts import load_template  # noqa: E402
from cgr_nb.records import Item  # noqa: E402
from cgr_nb.util.bundled import bundled_folder  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
FIGURES = Path(__file__).with_name("prompts.json")
SETS = {
    "OpenBookQA": "openbookqa/test.jsonl",
    "CommonsenseQA": "commonsenseqa/dev_rand_split.jsonl",
    "MedQA": "medqa/medqa_us_4opt_test_first500.jsonl",
    "MMLU-Pro": "mmlu_pro/mmlu_pro_test_sample.jsonl",
}
MULTI_SETS = {
    "FailureSensorIQ, several right": "failuresensoriq/multi_correct_first500.jsonl",
    "JEEBench, several right": "physicsqa_standins/jeebench_dataset.json",
}
"""Items that ask for a set of letters, for the templates `..._multi`."""
EVERYDAY, MINI = "everyday", "mini sets"
BUNDLED_SETS = {EVERYDAY: "everyday.jsonl", MINI: "mini-*.jsonl"}
"""Items that come with the package. No wording was tried on them; the tiny models were taught
problems of the families of the mini sets, though not these."""
ALL_SETS = (*SETS, *MULTI_SETS, *BUNDLED_SETS)
CONTEXT = 4096
"""Tokens of prompt and reply; items that are longer are counted as too long."""
KEY = ("what", "model", "template", "again", "profile", "set", "half")


@dataclass(frozen=True)
class Cell:
    """One measurement."""

    what: str
    """"items" (replies that are read), "scored", "ask", "programs" or "twins"."""
    model: str
    """File name of the weights, or the name of a bundled model."""
    profile: str
    template: str
    """As "direct@2"; "none" for the words of a program alone."""
    set: str
    count: int
    """Items, where the set has so many."""
    again: str | None = None
    """The re-ask of replies that can't be read, as "reask@2"."""
    half: str = "reported"

    @property
    def name(self) -> str:
        return self.template.partition("@")[0]

    @property
    def version(self) -> int | None:
        return None if self.template == "none" else int(self.template.partition("@")[2])

    @property
    def head(self) -> dict[str, Any]:
        """What stands in front of its figures."""
        again = None if self.again is None else f"{self.profile}/{self.again}"
        template = self.template if self.template == "none" else f"{self.profile}/{self.template}"
        return {
            "what": self.what,
            "model": self.model,
            "template": template,
            "again": again,
            "hash": hash_of(template),
            "again_hash": hash_of(again),
            "profile": self.profile,
            "set": self.set,
            "half": self.half,
            "count": self.count,
        }


def hash_of(template: str | None) -> str | None:
    """The first digits of the hash of "profile/name@version"."""
    if template in (None, "none"):
        return None
    profile, _, rest = str(template).partition("/")
    name, _, version = rest.partition("@")
    return load_template(name, profile, int(version), fields=None).hash[:16]


def digest(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


def half_of(item: Item) -> str:
    return "tuned" if digest(item.id) % 2 else "reported"


def items_of(name: str, half: str, count: int) -> list[Item]:
    """The items of one half of a set, in an order of their own; of bundled sets, which have no
    halves, all."""
    multi = name in MULTI_SETS
    if name in BUNDLED_SETS:
        paths = sorted(bundled_folder("items").glob(BUNDLED_SETS[name]))
    else:
        paths = [DATA / (MULTI_SETS if multi else SETS)[name]]
    found = [
        replace(item, multi=multi)
        for path in paths
        for item in read_items(path).items
        if (name in BUNDLED_SETS or half_of(item) == half)
        and len(item.options) > 1
        and item.gold
        and (len(item.gold) > 1) == multi
    ]
    return sorted(found, key=lambda item: digest(f"order {item.id}"))[:count]


def opened(path: Path | str, profile: str) -> Model:
    """A weight file, or a bundled model by its name."""
    if isinstance(path, str):
        return open_model(Registry.load().get(path))
    card = card_from_gguf(path, roles=["solver"])
    return open_model(replace(card, prompts=profile, context_tokens=CONTEXT), path.parent)


def known_figures(path: Path = FIGURES) -> list[dict[str, Any]]:
    return json.loads(path.read_text("utf-8")) if path.exists() else []


def is_known(cell: Cell, needs: Sequence[str], known: Sequence[dict[str, Any]]) -> bool:
    """Whether a cell was measured: this wording, so many items, and all that is to be told."""
    head = cell.head
    return any(
        all(one.get(key) == head[key] for key in KEY)
        and one.get("hash", head["hash"]) == head["hash"]
        and one.get("again_hash", head["again_hash"]) == head["again_hash"]
        and one.get("count", one["items"]) == cell.count
        and not set(needs) - one.keys()
        for one in known
    )


def keep(entry: dict[str, Any], into: Path = FIGURES) -> None:
    """Put one measurement into the figures, in place of an older one of the same thing."""
    known = [one for one in known_figures(into) if any(one.get(key) != entry[key] for key in KEY)]
    known.append(entry)
    known.sort(key=lambda one: [str(one.get(key)) for key in KEY])
    text = json.dumps(known, indent=1, ensure_ascii=False) + "\n"
    # Whole or not at all: the figures of hours must not go with a killed one.
    new = into.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(into)
