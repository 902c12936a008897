"""What the attentive reader has against, or to add to, what the rules for forms of words read."""

from __future__ import annotations

from cgr_nb.answers.affirming import has_unread, leans_on_denial
from cgr_nb.answers.claims import is_wordy
from cgr_nb.answers.cues import AND_MORE, CONCLUDES, THAN
from cgr_nb.answers.folding import fold
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.last_word import is_heading
from cgr_nb.answers.utterances import Stance, Utterance, utterances_of
from cgr_nb.answers.view import View

__all__ = ["conflicts", "cut_amid", "joined"]


def _under_conclusion(view: View, each: Utterance) -> bool:
    """Whether the line above is a heading such as "Conclusion"."""
    above = view.text[max(view.start, each.start - 60) : each.start].rstrip().rsplit("\n", 1)[-1]
    return is_heading(above)


def conflicts(
    view: View,
    choices: Choices,
    span: tuple[int, int],
    letters: set[str],
    multi: bool,
    rule: str,
) -> bool:
    """Whether the utterance that a reading of others rests on names more than it took: another
    option in the same comparison, or a row with a member that names no option as far as we see.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        span: Where in the reply the others read.
        letters: What they read.
        multi: Whether several options may be right.
        rule: By which rule.
    """
    said = utterances_of(view, choices) or []
    if leans_on_denial(view.text, said):
        return True
    for each in reversed(said):
        start, end = view.span(each.start, each.end)
        pairs = list(zip(each.runs, each.stances, strict=True))
        own = [run for run, _ in pairs if set(run.letters) & letters]
        if start >= span[1] and not each.runs and CONCLUDES.match(view.text, each.start, each.end):
            return True  # the last word, and it names no option
        if not (start < span[1] and span[0] < end) or not own:
            continue
        denied = all(said == Stance.NO for run, said in pairs if set(run.letters) & letters)
        if denied and not _under_conclusion(view, each):
            return True
        if len(letters) > 1:
            return has_unread(view.text, each, each.start, own)
        if not multi and any(set(run.letters) - letters and is_wordy(run, choices) for run in own):
            return True
        if multi or own[0].label:
            return False
        named = each.letters(Stance.YES, Stance.TOLD)
        if rule == "only_named" and named - letters:
            return True
        more = AND_MORE.match(view.text, own[-1].end, each.end) is not None
        return more or bool(
            each.letters(Stance.BESIDE) - letters and THAN.search(view.text, own[-1].end, each.end)
        )
    return False


def joined(
    view: View, choices: Choices, span: tuple[int, int], letters: set[str]
) -> tuple[str, ...]:
    """The options of the one row in which others read some; empty where they read all of it.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        span: Where in the reply the others read.
        letters: What they read.
    """
    for each in reversed(utterances_of(view, choices) or ()):
        start, end = view.span(each.start, each.end)
        if not (start < span[1] and span[0] < end):
            continue
        for run in each.runs:
            first, last = view.span(run.start, run.end)
            if letters < set(run.letters) and first < span[1] and span[0] < last:
                return () if run.either else choices.in_order(set(run.letters))
    return ()


def cut_amid(view: View, choices: Choices, letters: set[str]) -> bool:
    """Whether the last line begins to tell the text of another option, and is cut.

    Args:
        view: The reply.
        choices: The item's options, prepared for reading.
        letters: What is read without it.
    """
    line = view.text[max(view.start, view.stop - 400) : view.stop].rsplit("\n", 1)[-1]
    said = fold(line)
    return len(said) > 3 and any(
        choices.keys[each].startswith(said) and choices.keys[each] != said
        for each in choices.letters
        if each not in letters
    )
