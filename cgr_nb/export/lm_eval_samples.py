"""A study as lm-evaluation-harness leaves one: a folder for each solver with `results_*.json` and a
`samples_*.jsonl` for each task.

A task is a dataset config in one arm ("mini-aime.default.cgr"), in a study of several generators
with the generator behind it. A sample is an item: `arguments` and `resps` hold one request for each
call that the answer rests on, the prompt after the chat template and the reply; `filtered_resps`
holds the letter, or "[invalid]" as the harness writes it. Written from the format itself; the
harness need not be installed. Answers that the study does not count are in no file: `n-samples` and
`cgr_nb` of the results say how many, and why.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from cgr_nb import __version__
from cgr_nb.bundle.reading import StudyRead
from cgr_nb.export.answer_view import Answered, Group
from cgr_nb.export.target import begin_export, slug
from cgr_nb.records import Item, ModelCall
from cgr_nb.util.surrogates import escape_surrogates, escape_surrogates_in

__all__ = ["export_lm_eval"]

_METRIC = "exact_match"
_INVALID = "[invalid]"

Json = dict[str, Any]


def export_lm_eval(
    folder: Path, target: Path, on_progress: Callable[[str, int, int], None] | None = None
) -> Path:
    """Write results and samples of a study into a folder.

    Args:
        folder: The study: `study.toml` and `study.sqlite`. It is only read.
        target: A folder that is empty or not there.
        on_progress: Called with the file being made, files done and files to make.

    Returns:
        The target.

    Raises:
        StoreError: There is no study, or it is damaged.
        ConfigError: Its `study.toml` can't be read.
        PackageError: The target can't be written.
    """
    export = begin_export(folder, target, on_progress)
    study, began, groups, tell = export.study, export.began, export.groups, export.tell
    stamp = f"{began:%Y-%m-%dT%H-%M-%S.%f}"
    several = len(study.contents.config.models.generators) > 1
    documents = _documents(groups)
    tasks: dict[str, dict[str, Group]] = {}
    hashes: dict[str, dict[str, str]] = {}
    for done, group in enumerate(groups):
        task = _task(group, several)
        tell(task, done, len(groups))
        place = target / slug(group.solver)
        place.mkdir(exist_ok=True)
        samples = _samples(group, documents)
        lines = "".join(json.dumps(sample, ensure_ascii=True) + "\n" for sample in samples)
        file = place / f"samples_{task}_{stamp}.jsonl"
        file.write_text(lines, encoding="utf-8", newline="\n")
        tasks.setdefault(group.solver, {})[task] = group
        marks = (s["doc_hash"] + s["prompt_hash"] + s["target_hash"] for s in samples)
        hashes.setdefault(group.solver, {})[task] = _hash("".join(marks))
    for solver, of_solver in tasks.items():
        results = _results(study, solver, of_solver, hashes[solver], began)
        text = json.dumps(results, indent=2, ensure_ascii=True) + "\n"
        file = target / slug(solver) / f"results_{stamp}.json"
        file.write_text(text, encoding="utf-8", newline="\n")
    tell(target.name, len(groups), len(groups))
    return target


def _task(group: Group, several_generators: bool) -> str:
    parts = [slug(group.dataset), slug(group.config), slug(group.arm, "_")]
    return ".".join([*parts, slug(group.generator)] if several_generators else parts)


def _documents(groups: Iterable[Group]) -> dict[str, int]:
    """Item id -> its number in its dataset, the same for every model and arm."""
    of_dataset: dict[tuple[str, str], dict[str, None]] = {}
    for group in groups:
        items = of_dataset.setdefault((group.dataset, group.config), {})
        items.update(dict.fromkeys(one.item.id for one in group.answers))
    return {id: number for items in of_dataset.values() for number, id in enumerate(items)}


def _samples(group: Group, documents: Mapping[str, int]) -> list[Json]:
    """The answers that count, as the harness writes them."""
    counted = [one for one in group.answers if one.correct is not None]
    return [_sample(documents[one.item.id], one) for one in counted]


def _sample(number: int, one: Answered) -> Json:
    calls = (*one.solver_calls, *one.generator_calls)
    # What was recorded by earlier versions may hold text that is no valid Unicode.
    doc, target = escape_surrogates_in(_doc(one.item)), "".join(one.item.gold or ())
    requests = escape_surrogates_in([_request(call) for call in calls])
    first = requests[0]["arg_0"] if requests else ""
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {f"gen_args_{place}": request for place, request in enumerate(requests)},
        "resps": [[escape_surrogates(call.reply.text) if call.reply else ""] for call in calls],
        "filtered_resps": [one.letter or _INVALID],
        "filter": "none",
        "metrics": [_METRIC],
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(first),
        "target_hash": _hash(target),
        _METRIC: float(bool(one.correct)),
        "cgr_nb": escape_surrogates_in(one.facts()),
    }


def _doc(item: Item) -> Json:
    """An item, with options as two lists: a reader that makes columns of it needs one shape."""
    return {
        "id": item.id,
        "question": item.question,
        "context": item.context or "",
        "letters": list(item.options),
        "choices": list(item.options.values()),
        "gold": list(item.gold or ()),
    }


def _request(call: ModelCall) -> Json:
    """One request: prompt and generation arguments."""
    if call.reply is not None:
        prompt = call.reply.prompt_text
    else:
        prompt = json.dumps([asdict(turn) for turn in call.messages], ensure_ascii=False)
    sampling = call.sampling
    return {
        "arg_0": prompt,
        "arg_1": {
            "until": list(sampling.stop),
            "max_gen_toks": sampling.max_tokens,
            "do_sample": sampling.temperature > 0,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "min_p": sampling.min_p,
            "seed": sampling.seed,
            "choices": list(sampling.choices),
            "model": call.model,
        },
    }


def _results(
    study: StudyRead,
    solver: str,
    tasks: dict[str, Group],
    hashes: dict[str, str],
    began: datetime,
) -> Json:
    """What the harness calls aggregated results, of one solver."""
    config = study.contents.recorded_config
    card = next(card for card in study.contents.records.models if card.name == solver)
    return {
        "results": {task: _numbers(task, group) for task, group in tasks.items()},
        "group_subtasks": {task: [] for task in tasks},
        "configs": {task: _config(task, group) for task, group in tasks.items()},
        "versions": dict.fromkeys(tasks, 1),
        "n-shot": dict.fromkeys(tasks, 0),
        "higher_is_better": {task: {_METRIC: True} for task in tasks},
        "n-samples": {
            task: {"original": len(group.answers), "effective": len(group.scores)}
            for task, group in tasks.items()
        },
        "config": {
            "model": "cgr-nb",
            "model_args": {"model": solver, "backend": card.backend, "sha256": card.sha256 or ""},
            "model_num_parameters": card.parameters or -1,
            "model_dtype": card.quantisation,
            "model_revision": "",
            "model_sha": card.sha256 or "",
            "batch_size": None,
            "batch_sizes": [],
            "device": None,
            "use_cache": None,
            "limit": None,
            "bootstrap_iters": 0,
            "gen_kwargs": None,
            "random_seed": config.seed,
        },
        "git_hash": "",
        "date": began.timestamp(),
        "lm_eval_version": "",
        "task_hashes": hashes,
        "model_source": "cgr-nb",
        "model_name": solver,
        "model_name_sanitized": slug(solver),
        "system_instruction": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": False,
        "chat_template": None,
        "chat_template_sha": None,
        "cgr_nb": {
            "version": __version__,
            "study": config.name,
            "python": study.python,
            "not_retained": {task: _left_out(group) for task, group in tasks.items()},
        },
    }


def _numbers(task: str, group: Group) -> Json:
    scores = group.scores
    error: float | str = stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else "N/A"
    return {
        "name": task,
        "alias": task,
        "sample_len": len(scores),
        f"{_METRIC},none": fmean(scores) if scores else "N/A",
        f"{_METRIC}_stderr,none": error,
    }


def _config(task: str, group: Group) -> Json:
    return {
        "task": task,
        "dataset_name": group.config,
        "output_type": "generate_until",
        "num_fewshot": 0,
        "metric_list": [{"metric": _METRIC, "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"dataset": group.dataset, "arm": group.arm, "generator": group.generator},
    }


def _left_out(group: Group) -> dict[str, int]:
    return dict(sorted(Counter(a.not_retained for a in group.answers if a.not_retained).items()))


def _hash(text: str) -> str:
    """As `lm_eval.utils.hash_string`."""
    return sha256(text.encode()).hexdigest()
