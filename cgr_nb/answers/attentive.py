"""What a reply in prose decides, as an attentive reader takes it: by its last word, or as a whole.

The reply is taken apart into utterances (utterances.py). Three things decide, in this order:

- its conclusion: the last utterance that concludes, and affirms options; what follows it may
  explain, deny others and repeat, but not affirm others;
- a list: a line that introduces, and the options below it, where the others are not in it;
- the whole: every option is named, each is affirmed or denied, and none both.

Nothing is decided where the conclusion supposes, doubts, asks, or is cut.
"""

from __future__ import annotations

from cgr_nb.answers.as_whole import as_whole, opening_of
from cgr_nb.answers.labelled import labelled_list, labelled_row
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.last_word import last_word
from cgr_nb.answers.reading import Reading
from cgr_nb.answers.told_list import told_list
from cgr_nb.answers.utterances import utterances_of
from cgr_nb.answers.view import View

__all__ = ["read_attentively"]


def read_attentively(view: View, choices: Choices, multi: bool) -> Reading | None:
    """What a reply in prose decides; None where that is not sure."""
    if not choices.letters or view.start >= view.stop:
        return None
    said = utterances_of(view, choices)
    if not said:
        return None
    listed = labelled_list(view, choices, said, multi) or told_list(view, choices, said, multi)
    if listed and listed.how != "contested":
        return listed
    return (
        last_word(view, choices, said, multi)
        or as_whole(view, choices, said, multi)
        or labelled_row(view, choices, said, multi)
        or opening_of(view, choices, said, multi)
        or listed
    )
