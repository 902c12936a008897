"""The panels' scripts and styles: plain files in `static`, joined by Python, with no build step and
no CDN.

anywidget takes one ES module a panel. A panel's module imports its helpers by relative path, as it
would in any page; `script` puts each imported file, once, in the place of its import line.
All files of a panel share one scope then: their top-level names differ.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from functools import cache
from importlib import resources

from cgr_nb.analysis.palette import CHANNEL_COLOURS
from cgr_nb.answer_record import CHANNELS
from cgr_nb.arms import arm_names
from cgr_nb.arms.roster import arm_class
from cgr_nb.errors import ConfigError
from cgr_nb.words import GLOSSARY, WORDS

__all__ = ["script", "static", "style"]

_EXPORT = re.compile(r"^export default .*\n|^export ", re.MULTILINE)
_WORDS = re.compile(
    r'^import WORDS from "\.\./\.\./words/words\.json" with \{ type: "json" \};\n', re.MULTILINE
)
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+\.js)";\n', re.MULTILINE)


@cache
def static(name: str) -> str:
    """One file of the `static` folder."""
    return resources.files("cgr_nb.widgets").joinpath("static", name).read_text("utf-8")


def _words() -> str:
    """The words of `cgr_nb.words` as JSON, with those of the arms that are installed."""
    arms = {}
    for name in (*arm_names(), *CHANNELS):
        # One that can't be loaded has no meaning here, and is told of where it is used.
        with suppress(ConfigError):
            arms[name] = arm_class(name).summary
    return json.dumps({**WORDS, "glossary": {**arms, **GLOSSARY}}, ensure_ascii=False)


@cache
def script(name: str) -> str:
    """One panel's ES module with everything it imports inside it."""
    done: set[str] = set()

    def joined(file: str) -> str:
        def imported(match: re.Match[str]) -> str:
            if match[1] in done:
                return ""
            done.add(match[1])
            return _EXPORT.sub("", joined(match[1]))

        words = _WORDS.sub(lambda _: f"const WORDS = {_words()};\n", static(file))
        return _IMPORT.sub(imported, words)

    # What is left are the panel's own named exports, which nobody imports any more.
    return re.sub(r"^export (?!default)", "", joined(name), flags=re.MULTILINE)


@cache
def style(*names: str) -> str:
    """Style sheets of a panel after the one all share; channel colours come from the palette."""
    colours = "".join(f"--cgr-{channel}: {colour};" for channel, colour in CHANNEL_COLOURS.items())
    return "\n".join([f".cgr {{{colours}}}", *map(static, ("base.css", *names))])
