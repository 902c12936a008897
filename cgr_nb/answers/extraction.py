"""From a reply to an `Extraction`: run the rules, weigh what they read, and refuse to guess.

The rules come in four rounds: a reply that is nothing but a label, what is stated, what a closing
sentence singles out, and only then first and last labels and the options' own words. The first
round that reads anything decides; weighing.py says how its statements are weighed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cgr_nb.answers import (
    bare_label,
    boxed,
    chosen_list,
    closing,
    completing,
    explicit,
    false_ones,
    option_text,
    own_words,
    passing,
    prose,
    sentences,
    unclosed,
    verdicts,
)
from cgr_nb.answers.attentive import read_attentively
from cgr_nb.answers.evidence import FINAL, WEAK, Rule, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.ledger import Ledger, ledger_of
from cgr_nb.answers.settling import settled
from cgr_nb.answers.view import View, view
from cgr_nb.answers.weighing import weigh
from cgr_nb.records import Extraction, Reply

__all__ = ["CUT_THOUGHT", "extract", "extract_reply", "read_letter"]

CUT_THOUGHT = "cut_thought"
"""Rule of a reply that ends inside its thought."""

_ALONE: tuple[Rule, ...] = (bare_label.lone,)
_STATING: tuple[Rule, ...] = (
    explicit.answer_is,
    explicit.option_is,
    passing.chosen,
    passing.it_is,
    passing.label_it_is,
    passing.best_is,
    passing.apposed,
    explicit.headed,
    explicit.tagged,
    boxed.boxed,
    verdicts.verdict,
    verdicts.judged_behind,
    verdicts.all_or_none,
    false_ones.false_ones,
    bare_label.first_label,
    bare_label.closing_line,
    bare_label.last_words,
    sentences.in_sentence,
)
_CONCLUDING: tuple[Rule, ...] = (chosen_list.chosen_list, closing.closing_sentence)
_FALLING_BACK: tuple[Rule, ...] = (
    bare_label.last_label,
    option_text.option_text,
    own_words.ordinals,
    own_words.behind_own_text,
    own_words.concluding_text,
    own_words.only_named,
    false_ones.odd_one,
    passing.aside,
    completing.completing,
)
_IN_PROSE: tuple[Rule, ...] = (prose.prose,)

_DECISIVE = frozenset({"lone", "no_option"})
"""Rules behind which nothing else need be read."""

_PARTS = 3
"""Lines such as "Question:" at which a reply may end; a fourth and later ones are text."""


def extract(reply: str, options: Mapping[str, str], *, multi: bool = False) -> Extraction:
    """Read which option a reply chooses, and by which rule.

    Never raises on any text, never guesses, and takes time linear in the reply's length; of very
    long replies only the beginning and the end are read (`HEAD` and `TAIL` of view.py).

    Args:
        reply: The reply as decoded.
        options: Letter -> option text, in presented order; texts may be empty where they are not
            known.
        multi: The item may have several right options.

    Returns:
        An `Extraction`. `letter` is always one of `options` or None. Statuses: "answered"; "none"
        when nothing is stated, all options are denied, or the reply ends in a thought (rule
        "cut_thought"); "ambiguous" when several are, with the competing `letters`; "out_of_range"
        when the stated letter is not an option.

    Example:
        `extract("So A. Wait, no: the answer is C.", options).letter` is `"C"`.
    """
    choices = Choices.of(options)
    seen = view(reply)
    nothing = Extraction("none", None, (), None)
    if seen.thought_at is not None:
        # What was said before it began another thought is its answer.
        before = extract(reply[: seen.thought_at], options, multi=multi)
        if before.rule is not None:
            return before
        nothing = replace(nothing, rule=CUT_THOUGHT, span=(seen.thought_at, len(reply)))
    if seen.start >= seen.stop or not choices.letters:
        return nothing
    seen = replace(seen, text=choices.labels.put_in(seen.text))
    # A line "Question:" begins an invented question, unless nothing was answered before it.
    for stop in (*seen.parts[:_PARTS], seen.stop):
        found = _read(seen.until(stop), choices, multi)
        if found.rule is not None:
            return found
    return nothing


def extract_reply(reply: Reply, options: Mapping[str, str], *, multi: bool = False) -> Extraction:
    """As `extract`, of a recorded reply, whose thoughts are apart: one that was cut while it
    thought gives no letter, status "none" by rule "cut_thought"."""
    if reply.is_cut_thought:
        return Extraction("none", None, (), CUT_THOUGHT)
    return extract(reply.text, options, multi=multi)


def _read(seen: View, choices: Choices, multi: bool) -> Extraction:
    found, stated = _by_rules(seen, choices, multi)
    if seen.unfinished_thought or found.rule in _DECISIVE:
        return found
    reading = read_attentively(seen, choices, multi)
    return settled(seen, choices, multi, found, reading, stated=stated)


def _by_rules(seen: View, choices: Choices, multi: bool) -> tuple[Extraction, bool | None]:
    """What the first round that reads anything says, and whether it is one of statements; None
    where no round reads anything."""
    ledger = ledger_of(seen, choices)
    unsettled: Extraction | None = None
    for rules in (_ALONE, _STATING, _CONCLUDING, _FALLING_BACK, _IN_PROSE):
        said = [statement for rule in rules for statement in rule(seen, choices, multi)]
        if ledger:
            said = [each for each in said if not _an_entry(each, ledger, multi)]
            if rules is _STATING:
                said += ledger.statements()
        if seen.unfinished_thought:
            said = [
                statement
                for statement in said
                if statement.strength == FINAL and statement.rule != "lone"
            ]
            if rules is _STATING:
                said += unclosed.closing_thought(seen, choices)
        if said:
            found = weigh(seen, said, choices, multi)
            if found is None:
                continue
            stated = rules is _ALONE or rules is _STATING
            if rules is not _FALLING_BACK or found.status == "answered":
                answered = unsettled is None or found.status == "answered"
                return (found, stated) if answered else (unsettled or found, False)
            unsettled = found
    return (unsettled, False) if unsettled else (Extraction("none", None, (), None), None)


def _an_entry(each: Statement, ledger: Ledger, multi: bool) -> bool:
    """Whether a statement is a part of what the ledger says as a whole."""
    if not (ledger.start <= each.start < ledger.end and (ledger.complete or multi)):
        return False
    step = each.one_of_many or each.denies
    if (
        not step
        and each.strength > WEAK
        and each.rule != "first_label"
        and each.start > ledger.last
    ):
        return False  # announced behind the head of the last entry
    return step or (each.end <= ledger.end and (each.strength < FINAL or each.rule == "lone"))


def read_letter(text: str, options: Mapping[str, str]) -> str | None:
    """The one letter that a text chooses, or None: `extract(text, options).letter`."""
    return extract(text, options).letter
