"""Behavioural audit: does the letter a program returns ever change when the solver's replies do?

The program runs again and again on its own item with made-up replies, a probe each
(`probes.plans`). No model is needed, and gold is never seen. Within one option order only the
replies differ between probes, so a letter that changes has changed because of them. An option is
*reachable* when, within one option order, some probe made the program return it. The verdict:

- `independent`: one reachable option. No probe ever changed the answer.
- `dependent`: more than half of the options, and at least two, are reachable by replies that are
  not blank. The answer can go where the solver says.
- `partly`: what lies between. Typical: a fixed answer that the solver can only veto; a choice
  between two of many options; an answer that moves only when the solver says nothing.
- None: nothing can be said, because no probe ended in a letter, or because the same replies gave
  different letters.

More probes can only raise a verdict. So probing stops at `dependent`, and `independent` means "none
of these probes", and they are listed. A run that ends without a letter (an exception on a reply
that is no number, say) reaches nothing and counts as no change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cgr_nb.analysis.probes import Plan, plans
from cgr_nb.blocking import run_blocking
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import AskRequest, Limits, Sandbox

__all__ = ["Dependence", "Probe", "depends_on_solver", "probe_program"]

AT_ONCE = 8
"""Probes of one program that run side by side, before it is asked whether more are needed."""

DependenceVerdict = Literal["dependent", "partly", "independent"]
Order = Literal["as given", "reversed"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One run with made-up replies."""

    name: str
    """What the solver said, in words."""
    blank: bool
    """Whether some reply was empty."""
    order: Order
    """"reversed": the letters stayed and the option texts were turned round."""
    letter: str | None
    """The letter returned; None when the run ended without one."""
    text: str | None
    """The option text behind the letter, in this run's order."""
    status: str
    """Execution status of the run."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """What the probes of one program came to."""

    verdict: DependenceVerdict | None
    """See the module; None when nothing can be said."""
    reachable: tuple[str, ...]
    """Letters that some probe reached, sorted, in the option order with the most of them."""
    fixed: Literal["letter", "text"] | None
    """What an independent program holds on to when the option texts are turned round; None when
    that can't be told, and for other verdicts."""
    probes: tuple[Probe, ...]
    """Every run. The first two were given the same replies."""


def depends_on_solver(
    source: str,
    item: Item,
    calls: Sequence[Ask] | None = None,
    *,
    limits: Limits | None = None,
) -> Dependence:
    """Probe one program, in a sandbox opened for it; the module says what the verdicts mean.

    Args:
        source: The program.
        item: The item it was written for. Its gold is not used.
        calls: The asks of a real run (`Execution.calls`), to be replayed, permuted and changed one
            at a time as well. None: made-up replies only.
        limits: Of each run; None: 2 CPU seconds, 5 wall seconds, the default for the rest.

    Raises:
        IsolationError: Programs can't be isolated on this machine.
    """

    async def work() -> Dependence:
        async with Sandbox() as sandbox:
            return await probe_program(sandbox, source, item, calls, limits=limits)

    return run_blocking(work)


async def probe_program(
    sandbox: Sandbox,
    source: str,
    item: Item,
    calls: Sequence[Ask] | None = None,
    *,
    limits: Limits | None = None,
) -> Dependence:
    """The same in a sandbox that is open already: many programs can be probed at once."""
    limits = limits or Limits(cpu_s=2, wall_s=5)
    turned = _turned(item)

    async def probe(plan: Plan, order: Order) -> Probe:
        shown = item if order == "as given" else turned
        ask = _awaited(plan.reply)
        execution = await sandbox.run(source, shown, ask, limits=limits, trace=False)
        letter = execution.solver_answer
        text = None if letter is None else shown.options[letter]
        return Probe(plan.name, plan.blank, order, letter, text, execution.status)

    straight = list(plans(item, calls or ()))
    wanted: list[tuple[Plan, Order]] = [(straight[0], "as given")]
    wanted += [(plan, "as given") for plan in straight]
    wanted += [(plan, "reversed") for plan in plans(turned)]
    done: tuple[Probe, ...] = ()
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        done += tuple(await asyncio.gather(*(probe(*one) for one in some)))
        found = _judge(done, options=len(item.options))
        if found.verdict == "dependent":
            break
    return found


def _judge(probes: tuple[Probe, ...], *, options: int) -> Dependence:
    """The verdict of the module's rule on finished probes, the first two being a repetition."""
    everything = _reached(probes)
    spoken = _reached([probe for probe in probes if not probe.blank])
    verdict: DependenceVerdict | None
    if not everything or probes[0].letter != probes[1].letter:
        verdict = None
    elif len(everything) == 1:
        verdict = "independent"
    elif len(spoken) >= 2 and 2 * len(spoken) > options:
        verdict = "dependent"
    else:
        verdict = "partly"
    fixed = _fixed(probes) if verdict == "independent" else None
    return Dependence(verdict, everything, fixed, probes)


def _reached(probes: Sequence[Probe]) -> tuple[str, ...]:
    """Letters reached in the option order in which most were."""
    orders: dict[Order, set[str]] = {"as given": set(), "reversed": set()}
    for probe in probes:
        if probe.letter is not None:
            orders[probe.order].add(probe.letter)
    most = max(orders.values(), key=lambda letters: len(letters))
    return tuple(sorted(most))


def _fixed(probes: Sequence[Probe]) -> Literal["letter", "text"] | None:
    answered = [probe for probe in probes if probe.letter is not None]
    one_letter = len({probe.letter for probe in answered}) == 1
    one_text = len({probe.text for probe in answered}) == 1
    if one_letter == one_text:
        return None
    return "letter" if one_letter else "text"


def _turned(item: Item) -> Item:
    texts = reversed(list(item.options.values()))
    return replace(item, options=dict(zip(item.options, texts, strict=True)))


def _awaited(reply: Callable[[AskRequest], str]) -> Callable[[AskRequest], Awaitable[str]]:
    async def ask(request: AskRequest) -> str:
        return reply(request)

    return ask
