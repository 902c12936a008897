"""The panels' scripts and styles.

Sources are plain ES modules and style sheets in `static`. anywidget and saved pages take one module
a panel: `tools/bundle.js` makes them, into `bundles`, where they are committed: no Node is needed
to use the package, and nothing comes from a CDN. The words of the package, with those of the arms
that are installed, are put in front here.
"""

from __future__ import annotations

import json
from contextlib import suppress
from functools import cache
from importlib import resources

from cgr_nb.analysis.palette import CHANNEL_COLOURS
from cgr_nb.answer_record import CHANNELS
from cgr_nb.arms import arm_names
from cgr_nb.arms.roster import arm_class
from cgr_nb.errors import ConfigError
from cgr_nb.words import GLOSSARY, WORDS

__all__ = ["editor_script", "script", "static", "style"]


@cache
def static(name: str) -> str:
    """One file of the `static` folder."""
    return _read("static", name)


def _words() -> str:
    """The words of `cgr_nb.words` as JSON, with those of the arms that are installed."""
    arms = {}
    for name in (*arm_names(), *CHANNELS):
        # One that can't be loaded has no meaning here, and is told of where it is used.
        with suppress(ConfigError):
            arms[name] = arm_class(name).summary
    words = json.dumps({**WORDS, "glossary": {**arms, **GLOSSARY}}, ensure_ascii=False)
    # No text ends the script element of a saved page.
    return words.replace("<", "\\u003c")


@cache
def script(name: str) -> str:
    """One panel's ES module; its exports are those of `panel` too, for what stands behind it."""
    return f"const CGR_WORDS = {_words()};\n{_read('bundles', name)}"


@cache
def editor_script() -> str:
    """CodeMirror as an ES module, which a page asks for when an editor is opened."""
    return _read("bundles", "codemirror.js")


@cache
def style(*names: str) -> str:
    """Style sheets of a panel after the one all share; channel colours come from the palette."""
    colours = "".join(f"--cgr-{channel}: {colour};" for channel, colour in CHANNEL_COLOURS.items())
    return "\n".join([f".cgr {{{colours}}}", *map(static, ("base.css", *names))])


def _read(folder: str, name: str) -> str:
    return resources.files("cgr_nb.widgets").joinpath(folder, name).read_text("utf-8")
