"""Direct answers by log-likelihood beside lm-evaluation-harness itself: same weights, same prompts.

    python tests/benchmarks/lm_eval_parity.py weights.gguf items.jsonl more.jsonl --per-file 100
    python tests/benchmarks/lm_eval_parity.py base.gguf items.jsonl --prompts base --over texts

Our side is a study with `[direct] method = "loglikelihood"`. The other side is the harness with its
own `gguf` model and `llama_cpp.server`, in a child process (`tests/lm_eval_side.py`): under this
Python, or under the one that `--python` names; it needs lm-eval and llama-cpp-python[server]. It is
given each prompt as our engine rendered it. Printed are how many predictions are equal, and each
one that is not, with the scores of both.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CHILD = ROOT / "tests" / "lm_eval_side.py"
sys.path.insert(0, str(ROOT))

import tomli_w  # noqa: E402

from cgr_nb import Study  # noqa: E402
from cgr_nb.models.adding import add_to_registry  # noqa: E402
from cgr_nb.models.worker.findings import extra_buffers_crash  # noqa: E402
from cgr_nb.study import StudyConfig  # noqa: E402

MEASURES = ("acc", "acc_norm")


@dataclass(frozen=True, slots=True)
class Order:
    """What is compared."""

    weights: Path
    items: tuple[str, ...]
    """Item files, or "bundled:..."."""
    per_file: int
    """A seeded sample of so many items of each."""
    over: str = "letters"
    """"letters" or "texts"."""
    modes: tuple[str, ...] = ("exact",)
    """Our engine's: "exact", "batched"."""
    prompts: str = "full"
    """Prompt profile; "base" for a model that completes texts."""
    python: str = sys.executable
    """Program that has lm-eval."""
    plain_server: bool = False
    """The server as it is, slow."""
    same_batches: bool = False
    """The server computes what our exact mode computes, in the same batches."""
    threads: int = 1
    """Of either side. On a busy machine one is faster than two."""
    context: int = 1024
    """Tokens that the server has room for."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One item, answered by both. Numbers are places in `texts`."""

    dataset: str
    question: str
    texts: tuple[str, ...]
    gold: int
    ours: dict[str, int]
    """Measure -> prediction."""
    theirs: dict[str, int]
    our_sums: tuple[float, ...]
    their_sums: tuple[float, ...]
    our_tokens: tuple[int, ...]
    their_tokens: tuple[int, ...]
    as_it_is: tuple[float | None, ...]
    """Their sums without mending; see `lm_eval_side`."""

    @property
    def split_elsewhere(self) -> bool:
        """The two did not score the same tokens: a text merges with the prompt's end."""
        return self.our_tokens != self.their_tokens

    @property
    def largest_difference(self) -> float:
        """Of log-probability, over the item's texts."""
        return max(abs(a - b) for a, b in zip(self.our_sums, self.their_sums, strict=True))

    def margin(self, measure: str) -> float:
        """How far their two predictions lie apart in our own scores."""
        mine, other = self.ours[measure], self.theirs[measure]
        return self._value(measure, mine) - self._value(measure, other)

    def _value(self, measure: str, number: int) -> float:
        size = len(self.texts[number]) if measure == "acc_norm" else 1
        return self.our_sums[number] / size


def ask_ours(order: Order, mode: str, folder: Path) -> list[dict[str, Any]]:
    """Run the study; of each item the prompt, the texts, predictions and scores."""
    registry = folder / "models.toml"
    add_to_registry(order.weights.resolve(), registry, "weights", ["solver"])
    cards = tomllib.loads(registry.read_text("utf-8"))
    [card] = cards["model"]
    # The server has no layers on a GPU either.
    options = {"mode": mode, "n_threads": order.threads, "n_gpu_layers": 0}
    card["options"] = {**card.get("options", {}), **options}
    if order.prompts != "full":
        card["prompts"] = order.prompts
    registry.write_text(tomli_w.dumps(cards), "utf-8")
    config = StudyConfig.from_dict(
        {
            "items": {
                "files": [_file(name) for name in order.items],
                "per_dataset": order.per_file,
            },
            "models": {"solvers": ["weights"], "registry": str(registry)},
            "direct": {"method": "loglikelihood", "over": order.over},
            "run": {"isolation": "limits"},
        },
        base=folder,
    )
    rows = []
    with Study.run(config, folder / "study", progress=False) as study:
        items = {item.id: item for item in study.store.items()}
        for answer in study.store.answers():
            item, call = items[answer.item_id], study.store.call(answer.trail[0].call)
            choices = call.sampling.choices
            texts = _texts_of(item.options, choices, order.over)
            rows.append(
                {
                    "dataset": item.dataset,
                    "question": item.question,
                    "prompt": call.reply.prompt_text,
                    "choices": list(choices),
                    "gold": choices.index(texts[item.gold[0]]),
                    "ours": {name: choices.index(texts[answer.facts[name]]) for name in MEASURES},
                    "sums": [score.logprob for score in call.reply.scores],
                    "tokens": [score.tokens for score in call.reply.scores],
                }
            )
    return rows


def _file(name: str) -> str:
    return name if name.startswith("bundled:") else str(Path(name).resolve())


def _texts_of(options: Any, choices: Sequence[str], over: str) -> dict[str, str]:
    """Letter -> what was scored for it: the option less its outer white space, where texts are."""
    if over == "letters":
        return {letter: letter for letter in options}
    known = {text.strip(): text for text in choices}
    return {letter: known[option.strip()] for letter, option in options.items()}


def ask_harness(order: Order, parts: Sequence[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the harness makes of the same prompts, part by part, asked one after the other."""
    asked = {
        "weights": str(order.weights.resolve()),
        "context": order.context,
        "threads": order.threads,
        "plain_server": order.plain_server,
        "same_batches": order.same_batches,
        "extra_buffers": extra_buffers_crash() is None,
        # As the harness does by itself: none behind a chat template.
        "delimiter": " " if order.prompts == "base" else "",
        "parts": [
            [{name: row[name] for name in ("prompt", "choices", "gold")} for row in rows]
            for rows in parts
        ],
    }
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [order.python, str(CHILD)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            env={**os.environ, **offline, "HF_HOME": home},
        )
    if done.returncode:
        raise SystemExit(f"the harness failed with code {done.returncode}:\n{done.stderr[-4000:]}")
    return list(json.loads(done.stdout.splitlines()[-1]))


def compare(order: Order, *more: str) -> list[dict[str, list[Pair]]]:
    """Ask the harness once, and our engine in each mode: mode -> what came of each item.

    Args:
        order: What is compared.
        more: The same over these too ("letters", "texts"), with the harness started once.

    Returns:
        One of them for each thing that was asked over, in their order.
    """
    parts = []
    for over in (order.over, *more):
        ours = {}
        for mode in order.modes:
            with tempfile.TemporaryDirectory() as folder:
                ours[mode] = ask_ours(replace(order, over=over), mode, Path(folder))
        parts.append(ours)
    found = ask_harness(order, [ours[order.modes[0]] for ours in parts])
    return [_paired(ours, each) for ours, each in zip(parts, found, strict=True)]


def _paired(ours: dict[str, list[dict[str, Any]]], found: dict[str, Any]) -> dict[str, list[Pair]]:
    """Mode -> our answers beside those of the harness, which were asked as those of the first."""
    first = next(iter(ours.values()))
    answers = {
        (row["prompt"], *row["choices"]): answer
        for row, answer in zip(first, found["answers"], strict=True)
    }
    return {
        mode: [_pair(row, answers[(row["prompt"], *row["choices"])]) for row in rows]
        for mode, rows in ours.items()
    }


def _pair(row: dict[str, Any], answer: dict[str, Any]) -> Pair:
    return Pair(
        row["dataset"],
        row["question"],
        tuple(row["choices"]),
        row["gold"],
        row["ours"],
        {name: answer[name] for name in MEASURES},
        tuple(row["sums"]),
        tuple(answer["sums"]),
        tuple(row["tokens"]),
        tuple(answer["tokens"]),
        tuple(answer["as_it_is"]),
    )


def table(pairs: Sequence[Pair]) -> list[str]:
    """Lines of a Markdown table: each dataset, and all."""
    lines = [
        "| items | | acc equal | acc_norm equal | our acc | their acc | our acc_norm |"
        " their acc_norm | largest difference | median | split elsewhere |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    parts = {name: [pair for pair in pairs if pair.dataset == name] for name in _names(pairs)}
    for name, part in {**parts, "all": list(pairs)}.items():
        equal = [sum(p.ours[m] == p.theirs[m] for p in part) for m in MEASURES]
        right = [
            sum(side[m] == p.gold for p, side in _sides(part, who))
            for m in MEASURES
            for who in ("ours", "theirs")
        ]
        largest = [pair.largest_difference for pair in part]
        cells = [
            name,
            len(part),
            *equal,
            *right,
            f"{max(largest):.1e}",
            f"{statistics.median(largest):.1e}",
            sum(p.split_elsewhere for p in part),
        ]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def _sides(part: Sequence[Pair], who: str) -> list[tuple[Pair, dict[str, int]]]:
    return [(pair, getattr(pair, who)) for pair in part]


def _names(pairs: Sequence[Pair]) -> list[str]:
    return list(dict.fromkeys(pair.dataset for pair in pairs))


def as_it_is(pairs: Sequence[Pair]) -> str:
    """What the harness's model says without mending, in a line."""
    texts = [
        (mended, raw) for p in pairs for mended, raw in zip(p.their_sums, p.as_it_is, strict=True)
    ]
    failed = sum(raw is None for _, raw in texts)
    other = sum(raw is not None and raw != mended for mended, raw in texts)
    return (
        f"GGUFLM as it is: of {len(texts)} texts {len(texts) - failed - other} have the same sum, "
        f"{other} another, and {failed} fail."
    )


def differing(pairs: Sequence[Pair]) -> list[str]:
    """Every disagreement, with both score vectors."""
    lines = []
    for pair in pairs:
        for measure in MEASURES:
            if pair.ours[measure] == pair.theirs[measure]:
                continue
            lines += [
                f"- {measure}, {pair.dataset}: {pair.question[:100]!r}: ours "
                f"{pair.texts[pair.ours[measure]]!r}, theirs {pair.texts[pair.theirs[measure]]!r}, "
                f"apart by {pair.margin(measure):.5f}"
                + (", split elsewhere" if pair.split_elsewhere else ""),
                "  - texts " + ", ".join(map(repr, pair.texts)),
                "  - ours " + " ".join(f"{value:.5f}" for value in pair.our_sums),
                "  - theirs " + " ".join(f"{value:.5f}" for value in pair.their_sums),
            ]
    return lines


def main() -> None:
    """Read the arguments, compare, print."""
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    read.add_argument("weights", type=Path)
    read.add_argument("items", nargs="+")
    read.add_argument("--per-file", type=int, default=100)
    read.add_argument("--over", choices=("letters", "texts"), default="letters")
    read.add_argument(
        "--modes", choices=("exact", "batched"), nargs="+", default=["exact", "batched"]
    )
    read.add_argument("--prompts", choices=("full", "base"), default="full")
    read.add_argument("--python", default=sys.executable, help="a Python with lm-eval")
    read.add_argument("--plain-server", action="store_true", help="the server as it is: slow")
    read.add_argument(
        "--same-batches",
        action="store_true",
        help="the server computes in our exact mode's batches",
    )
    read.add_argument("--threads", type=int, default=1)
    read.add_argument("--json", type=Path, help="a file for every item's scores of both sides")
    said = vars(read.parse_args())
    file = said.pop("json")
    order = Order(**{**said, "items": tuple(said["items"]), "modes": tuple(said["modes"])})
    start = time.monotonic()
    [found] = compare(order)
    for mode, pairs in found.items():
        print(f"{order.weights.name}, {order.prompts} prompts, over {order.over}, {mode}:\n")
        print("\n".join([*table(pairs), "", *differing(pairs)]))
    print(f"{as_it_is(pairs)}\n{time.monotonic() - start:.0f} s")
    if file is not None:
        written = {mode: [asdict(pair) for pair in pairs] for mode, pairs in found.items()}
        file.write_text(json.dumps(written), "utf-8")


if __name__ == "__main__":
    main()
