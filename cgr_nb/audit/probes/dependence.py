"""Behavioural audit: does the letter a program returns ever change when the solver's replies do?

The program runs again and again on its own item with made-up replies, a probe each
(`plans`). No model is needed, and gold is never seen. Within one option order only the replies
differ between probes, so a letter that changes has changed because of them. An option is
*reachable* when, within one option order, some probe made the program return it. The verdict:

- `independent`: one reachable option. No probe ever changed the answer.
- `dependent`: more than half of the options, and at least two, are reachable by replies that say
  something. The answer can go where the solver says.
- `partly`: what lies between. Typical: a fixed answer that the solver can only veto; a choice
  between two of many options; an answer that moves only when the solver says nothing.
- `unsure`: no probe changed the answer, but replies do lead to it as the program reads (the static
  audit), and the program was not seen to find in a reply what it looks for, or seldom came to a
  letter. It may follow a solver that speaks its format.
- None: nothing can be said, because no probe ended in a letter, or because the same replies gave
  different letters.

A program that the general replies do not move is listened to (`listening`, a few runs):
the patterns, separators, keys and words that it looks for make replies in its own format
(`own_formats`). More probes can only raise a verdict. So probing stops at `dependent`, and
where a run has asked nothing, for then no reply can reach it. `independent` means "none of these
probes", and they are listed; one more has a blank question, to tell a program that answers by
itself from one that need not even read it. A run that ends without a letter (an exception on a
reply that is no number, say) reaches nothing and counts as no change.

Apart from it, a program that reads GENERATOR_ANSWER is run with another letter there and the same
replies: where the returned letter goes along, the program *believes*, however well it follows its
solver otherwise. To find a fall-back that this item never leads to, its option texts are replaced
for some of these runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from cgr_nb.audit.probes.formats import Formats
from cgr_nb.audit.probes.own_formats import own_plans
from cgr_nb.audit.probes.plans import Plan, few_plans, opening, plans, uninformative_plans
from cgr_nb.audit.probes.probe_runner import Order, Probe, ProbeRunner
from cgr_nb.audit.probes.swap_generator_answer import swap_generator_answer
from cgr_nb.audit.static import check_program
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import Limits, ProgramRunner, Sandbox
from cgr_nb.util.blocking import run_blocking

__all__ = [
    "MOST_PROBES",
    "Dependence",
    "Probe",
    "depends_on_solver",
    "follows_belief",
    "probe_program",
]

AT_ONCE = 8
"""Probes of one program that run side by side, before it is asked whether more are needed."""

MOST_BELIEVED = 4
"""Probes that gave the program's own belief and are repeated with another."""

MOST_PROBES = 120
"""Runs after which no further replies are tried; the second order and another belief add few."""

MOST_GENERAL = 16
"""General probes that are run before the program is listened to."""

DependenceVerdict = Literal["dependent", "partly", "independent", "unsure"]


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

    @property
    def believes(self) -> bool:
        """Whether the letter went along when GENERATOR_ANSWER was changed."""
        return follows_belief(self.probes)


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
    sandbox: ProgramRunner,
    source: str,
    item: Item,
    calls: Sequence[Ask] | None = None,
    *,
    limits: Limits | None = None,
) -> Dependence:
    """The same in a sandbox that is open already, or what stands in for one: many programs can be
    probed at once.

    Args:
        sandbox: Where the program runs.
        source: The program.
        item: The item it was written for. Its gold is not used.
        calls: As `depends_on_solver`.
        limits: As `depends_on_solver`.
    """
    given: tuple[Ask, ...] = tuple(calls or ())
    options = len(item.options)
    runner = ProbeRunner(sandbox, source, item, limits or Limits(cpu_s=2, wall_s=5))
    turned = runner.reversed()
    formats = Formats(item)
    read = check_program(source)
    led = read.hard_coded != "yes" or read.believes
    doubted = False
    probes = await runner.run([opening(item, given)] * 2)
    if runner.asked:
        wanted = iter(plans(item, given, probes[0].letter))
        probes += await _until_dependent(runner, islice(wanted, MOST_GENERAL), probes)
        doubted = led or _seldom(probes)
        if doubted and _judge(probes, options=options).verdict != "dependent":
            probes += await runner.listen(formats)
            formats.add_examples()
            own = () if formats.plain else own_plans(formats)
            probes += await _until_dependent(runner, own, probes)
        if _judge(probes, options=options).verdict != "dependent":
            probes += await _until_dependent(runner, wanted, probes)
    if _judge(probes, options=options).verdict != "dependent":
        probes += await turned.run([opening(turned.item)])
        if turned.asked:
            probes += await _until_dependent(turned, few_plans(turned.item), probes)
    if _judge(probes, options=options).verdict == "independent":
        probes += await runner.without_question().run([opening(item, given)])
    probes += await _with_another_belief(runner, given, probes)
    seldom = _seldom(probes)
    missed = not formats.understood
    blind = doubted and ((led and (seldom or missed)) or (seldom and missed))
    return _judge(probes, options=options, blind=blind)


def _seldom(probes: Sequence[Probe]) -> bool:
    """Whether a program seldom answers: then it may answer alike for want of better replies."""
    tried = [probe for probe in probes if not probe.heard]
    return 2 * sum(probe.letter is not None for probe in tried) < len(tried)


async def _until_dependent(
    runner: ProbeRunner, wanted: Iterable[Plan], before: Sequence[Probe]
) -> list[Probe]:
    """Run plans a few at a time, until no more of them are needed."""
    known = {(probe.name, probe.order) for probe in before}
    room = max(0, MOST_PROBES - len(before))
    left = [plan for plan in wanted if (plan.name, runner.order) not in known][:room]
    made: list[Probe] = []
    for start in range(0, len(left), AT_ONCE):
        made += await runner.run(left[start : start + AT_ONCE])
        if _judge([*before, *made], options=len(runner.item.options)).verdict == "dependent":
            break
    return made


async def _with_another_belief(
    runner: ProbeRunner, calls: Sequence[Ask], before: Sequence[Probe]
) -> list[Probe]:
    """Runs in which no reply helps the program, with its own belief and with another."""
    changed = swap_generator_answer(runner.source, runner.item.options)
    if changed is None:
        return []
    done = {probe.name: probe for probe in before if probe.order == runner.order}
    wanted = {plan.name: plan for plan in uninformative_plans(runner.item, calls)}
    if runner.asked:
        known = plans(runner.item, calls, before[0].letter)
        as_believed = [p for p in known if p.name in done and done[p.name].letter in changed.own]
        wanted |= {plan.name: plan for plan in as_believed[-MOST_BELIEVED:]}
    else:
        wanted = {before[0].name: opening(runner.item, calls)}
    own = await runner.run(plan for name, plan in wanted.items() if name not in done)
    other = replace(runner, source=changed.source, belief=changed.letter)
    made = own + await other.run(wanted.values())
    if not follows_belief([*before, *made]):
        first = list(wanted.values())[:MOST_BELIEVED]
        made += await runner.replaced().run(first) + await other.replaced().run(first)
    return made


def follows_belief(probes: Iterable[Probe]) -> bool:
    """Whether some run with another belief, and the same replies, gave another letter.

    Args:
        probes: As `Dependence.probes`; the first two are a repetition.
    """
    letters: dict[tuple[str, str, str | None], set[str | None]] = {}
    for probe in probes:
        key = (probe.name, probe.order, probe.belief)
        letters.setdefault(key, set()).add(probe.letter)
    steady = all(len(found) == 1 for found in letters.values())
    return steady and any(
        found != letters.get((name, order, None))
        for (name, order, belief), found in letters.items()
        if belief is not None
    )


def _judge(probes: Sequence[Probe], *, options: int, blind: bool = False) -> Dependence:
    """The verdict of the module's rule on finished probes, the first two being a repetition.

    Args:
        blind: Replies lead to the answer as the program reads, but it was not seen to find in them
            what it looks for.
    """
    of_replies = [p for p in probes if p.belief is None and p.order in ("as given", "reversed")]
    everything = _reached(of_replies)
    spoken = _reached([probe for probe in of_replies if not probe.blank])
    verdict: DependenceVerdict | None
    if not everything or probes[0].letter != probes[1].letter:
        verdict = None
    elif len(everything) == 1:
        verdict = "unsure" if blind else "independent"
    elif len(spoken) >= 2 and 2 * len(spoken) > options:
        verdict = "dependent"
    else:
        verdict = "partly"
    fixed = _fixed(of_replies) if verdict == "independent" else None
    return Dependence(verdict, everything, fixed, tuple(probes))


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
