"""A study as Inspect logs: one `.json` log (schema version 2) for each dataset config, solver,
generator and arm.

Written from the format itself, so that Inspect need not be installed; its own reader opens the
files (`inspect_ai.log.read_eval_log`, `inspect view`). A sample is one item: its messages are all
calls that the answer rests on, one conversation after the other, and each call is a model event
with its sampling and tokens. Answers that the study does not count have no score.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from cgr_nb import __version__
from cgr_nb.bundle.reading import StudyRead
from cgr_nb.export.answer_view import Answered, Group, Tokens
from cgr_nb.export.target import begin_export, slug
from cgr_nb.records import ModelCall, ModelCard, content_id
from cgr_nb.util.surrogates import escape_surrogates_in

__all__ = ["export_inspect"]


_SCORER = "match"
"""Name of the one score: the letter is that of gold."""
_STOP = {"stop": "stop", "length": "max_tokens"}

Json = dict[str, Any]


def export_inspect(
    folder: Path, target: Path, on_progress: Callable[[str, int, int], None] | None = None
) -> Path:
    """Write the Inspect logs of a study into a folder.

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
    for done, group in enumerate(groups):
        log = _log(study, group, began)
        task = slug(group.arm.replace("_", "-"))
        place = "-".join(slug(part) for part in (group.dataset, group.config, group.solver))
        # Inspect reads time, task and id from the name, with "_" between them.
        name = f"{began:%Y-%m-%dT%H-%M-%S+00-00}_{place}-{task}_{log['eval']['task_id']}.json"
        tell(name, done, len(groups))
        # What was recorded by earlier versions may hold text that is no valid Unicode.
        text = json.dumps(escape_surrogates_in(log), indent=1, ensure_ascii=False)
        (target / name).write_text(text + "\n", encoding="utf-8", newline="\n")
    tell(target.name, len(groups), len(groups))
    return target


def _log(study: StudyRead, group: Group, began: datetime) -> Json:
    """One log."""
    config = study.contents.recorded_config
    key = [group.dataset, group.config, group.solver, group.generator, group.arm]
    cards = {card.name: card for card in study.contents.records.models}
    scores = group.scores
    error = stdev(scores) / len(scores) ** 0.5 if len(scores) > 1 else 0.0
    usage = _usage_by_model(group.answers)
    when = began.isoformat()
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "run_id": content_id("inspect run", config.name, when),
            "created": when,
            "task": _task(group),
            "task_id": content_id("inspect task", config.name, key),
            "task_version": 0,
            "task_args": {"arm": group.arm, "generator": group.generator},
            "solver": group.arm,
            "dataset": {
                "name": f"{group.dataset}/{group.config}",
                "samples": len(group.answers),
                "sample_ids": [one.item.id for one in group.answers],
                "shuffled": False,
            },
            "model": group.model,
            "model_args": _model_args(cards.get(group.model)),
            "config": {"epochs": 1},
            "packages": {"cgr-nb": __version__},
            "metadata": {"study": config.name, "seed": config.seed, "python": study.python},
            "scorers": [
                {
                    "name": _SCORER,
                    "metrics": [{"name": "inspect_ai/accuracy"}, {"name": "inspect_ai/stderr"}],
                }
            ],
        },
        "plan": {
            "name": "plan",
            "steps": [{"solver": group.arm, "params": {"generator": group.generator}}],
        },
        "results": {
            "total_samples": len(group.answers),
            "completed_samples": len(group.answers),
            "scores": [
                {
                    "name": _SCORER,
                    "scorer": _SCORER,
                    "scored_samples": len(scores),
                    "unscored_samples": len(group.answers) - len(scores),
                    "metrics": {
                        "accuracy": {"name": "accuracy", "value": fmean(scores) if scores else 0},
                        "stderr": {"name": "stderr", "value": error},
                    },
                }
            ],
        },
        "stats": {"started_at": when, "completed_at": when, "model_usage": usage},
        "samples": [_sample(group, one, when) for one in group.answers],
    }


def _task(group: Group) -> str:
    """Name of a task: Inspect shows only what stands behind a "/"."""
    return ".".join(slug(part, "_.") for part in (group.dataset, group.config, group.arm))


def _model_args(card: ModelCard | None) -> Json:
    if card is None:
        return {}
    names = ("backend", "family", "parameters", "quantisation", "context_tokens", "source")
    return {**{name: getattr(card, name) for name in names}, "sha256": card.sha256}


def _sample(group: Group, one: Answered, when: str) -> Json:
    item, calls = one.item, (*one.solver_calls, *one.generator_calls)
    text = item.question if item.context is None else f"{item.context}\n\n{item.question}"
    letters = list(item.options)
    found: Json = {
        "id": item.id,
        "epoch": 1,
        "input": text,
        "choices": list(item.options.values()),
        "target": list(item.gold or ()),
        "messages": [turn for call in calls for turn in _conversation(call)],
        "output": _output(group.model, one.letter or ""),
        "scores": {},
        "metadata": {
            "dataset": item.dataset,
            "config": item.config,
            "arm": group.arm,
            "letters": letters,
            **one.facts(),
        },
        "model_usage": _usage_by_model((one,)),
        "events": [_event(call, when) for call in calls],
        "uuid": content_id("inspect sample", one.row.id, group.arm),
    }
    if one.correct is not None:
        found["scores"] = {
            _SCORER: {
                "value": "C" if one.correct else "I",
                "answer": one.letter or "",
                "explanation": one.detail or one.status,
            }
        }
    return found


def _conversation(call: ModelCall) -> list[Json]:
    """The turns of a call, and its reply."""
    about = {"call_id": call.id}
    turns = [_turn(turn.role, turn.content, about) for turn in call.messages]
    return [*turns, {**_reply_turn(call), "metadata": about}]


def _turn(role: str, content: str, about: Json) -> Json:
    return {"role": role, "content": content, "metadata": about}


def _reply_turn(call: ModelCall) -> Json:
    text = call.reply.text if call.reply else ""
    content: Any = text
    if call.reply is not None and call.reply.thoughts:
        thoughts = {"type": "reasoning", "reasoning": call.reply.thoughts}
        content = [thoughts, {"type": "text", "text": text}]
    return {"role": "assistant", "content": content, "source": "generate", "model": call.model}


def _event(call: ModelCall, when: str) -> Json:
    """A call as Inspect logs one. Its time is that of the study: calls carry none."""
    sampling = call.sampling
    return {
        "event": "model",
        "uuid": content_id("inspect event", call.id),
        "timestamp": when,
        "working_start": 0,
        "model": call.model,
        "input": [_turn(turn.role, turn.content, {}) for turn in call.messages],
        "tools": [],
        "tool_choice": "none",
        "config": {
            "max_tokens": sampling.max_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "seed": sampling.seed,
            "stop_seqs": list(sampling.stop) or None,
        },
        "output": _output_of(call),
        "error": call.error,
        "metadata": {"call_id": call.id, "sampling": asdict(sampling)},
    }


def _output_of(call: ModelCall) -> Json:
    if call.reply is None:
        return {"model": call.model, "choices": [], "error": call.error}
    reply = call.reply
    return {
        "model": call.model,
        "choices": [{"message": _reply_turn(call), "stop_reason": _STOP[reply.finish]}],
        "completion": reply.text,
        "usage": _usage(Tokens.of((call,))),
        "time": reply.duration_s,
    }


def _output(model: str, letter: str) -> Json:
    """The answer itself, which for an arm with a program is no model's reply."""
    message = {"role": "assistant", "content": letter, "model": model}
    return {
        "model": model,
        "choices": [{"message": message, "stop_reason": "stop"}],
        "completion": letter,
    }


def _usage(tokens: Tokens) -> Json:
    return {
        "input_tokens": tokens.prompt,
        "output_tokens": tokens.reply,
        "total_tokens": tokens.prompt + tokens.reply,
    }


def _usage_by_model(answers: tuple[Answered, ...]) -> Json:
    calls: dict[str, list[ModelCall]] = {}
    for one in answers:
        for call in (*one.solver_calls, *one.generator_calls):
            calls.setdefault(call.model, []).append(call)
    return {model: _usage(Tokens.of(tuple(some))) for model, some in sorted(calls.items())}
