"""Whether a reply uses a capital as the name of something else: a point, a quantity, a blood group.

A bare capital is read as an option's label only where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import View

__all__ = ["LEADS", "NOUN", "used_otherwise"]

_CAPITAL = LazyPattern(r"(?<![A-Za-z])[A-Z](?![A-Za-z])")
NOUN = LazyPattern(
    r"\b(?:options?|statements?|choices?|answers?|letters?|alternatives?|items?|claims?|assertions?"
    r"|functions?|equations?|reactions?|conclusions?|graphs?|relations?|sets?|cases?)\s\Z",
    re.IGNORECASE,
)
"""A word for what is labelled, right before a label."""
LEADS = LazyPattern(
    r"(?:\A|[;:—–→⇒∴(=>-]|elimination,|\b(?:is|are|be|'s|means?|leaves?|leaving|left|gets?|gives?"
    r"|giving|yields?"
    r"|(?:true|holds?|correct|works?|out|satisfied)\sfor|corresponds?\sto|matches|so|thus|hence"
    r"|therefore|then|only"
    r"|just|both|namely|i\.e\.|that|conclude|mark|say|elimination"
    r"|as|pick|choose|select))\s?(?:(?:the|both|just|only|all|simply|therefore|thus"
    r"|either)\s){0,2}\Z",
    re.IGNORECASE,
)
"""Words right before a label that is the answer."""
_FORMULA_BEFORE = LazyPattern(r"[=+*/^_<>\\-]\s?\Z|[A-Za-z0-9(]\Z")
_FORMULA_AFTER = LazyPattern(r"\s?[=+*/^_<>]|\(|\s?-\s?\d|['’]")
_NAMED_FOR = LazyPattern(
    r"\b(?P<word>[a-z]{3,20}|(?:Company|Firm|Bank|Point|Person|Patient|Player|Town|City|Country"
    r"|Plant"
    r"|Group|Team|Type|Vitamin|Hepatitis|Train|Car|Box|Bag|Tank|Block|Object|Particle|Planet|Event"
    r"|Node|Line|Machine|Worker|Student|Species|Gas|Solution)) \Z"
)
_JOINS = LazyPattern(
    r"\b(?:and|or|while|whereas|but|because|since|like|unlike|than|from|of|not|nor|although"
    r"|though|if|makes?"
    r"|however|also|rule|out|exclude|eliminate|except|in|by|on|at|where|when|which|what|think"
    r"|contrast|over|between|ist|sind|est|sont|son|es|são|la|el|und|et|oder|ou|que|als|auch"
    r"|[a-z]{3,12}ly|recommend|suggest|tick|take|prefer"
    r"|keep|select|choose|pick|drop|discard)\s\Z"
)


def used_otherwise(view: View, letters: Collection[str]) -> frozenset[str]:
    """Those of some capitals that the reply uses as names of other things.

    Args:
        view: The reply.
        letters: The capitals.
    """
    found: set[str] = set()
    for each in _CAPITAL.finditer(view.text, view.start, view.stop):
        if each[0] in found or each[0] not in letters:
            continue
        before = view.text[max(view.start, each.start() - 24) : each.start()]
        after = view.text[each.end() : each.end() + 4]
        bracketed = before[-1:] == "(" and after[:1] == ")"
        formula = _FORMULA_BEFORE.search(before) or _FORMULA_AFTER.match(after)
        word = _NAMED_FOR.search(before)
        named = (
            word and not LEADS.search(before) and not NOUN.search(before)
            and not _JOINS.search(before)
        )  # fmt: skip
        if (formula and not bracketed) or named:
            found.add(each[0])
    return frozenset(found)
