"""Every text of the panels can be read in both themes: WCAG 2.2 AA, from the style sheets' own
variables, with JupyterLab's colours and without."""

from __future__ import annotations

import json
import re
from importlib import resources
from pathlib import Path

import pytest

from cgr_nb.answer_record import CHANNELS
from cgr_nb.widgets.assets import script, static, style
from cgr_nb.words import GLOSSARY, PARTITION_WORDS

SHEETS = style(
    "stepper.css", "results.css", "auditor.css", "workbench.css", "benchparts.css", "compare.css"
)
TEXTS = ("ink", "faint", "brand", "good", "bad", "warn")
GROUNDS = ("bg", "sunk", "now")
CODE = (".cgr-k", ".cgr-s", ".cgr-n", ".cgr-c")


def variables(sheet: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", sheet))


def rule(selector: str, property: str) -> str:
    """The value of a property in the rule of one selector."""
    pattern = rf"(?:^|\}}|\n)\s*{re.escape(selector)} \{{[^}}]*?(?<![\w-]){property}:\s*([^;}}]+)"
    found = re.search(pattern, SHEETS)
    assert found, f"no {property} for {selector}"
    return found[1].strip()


def arguments(text: str) -> list[str]:
    """The arguments of a CSS function, split at commas outside parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


class Theme:
    """Resolves colours of the panels in one theme."""

    def __init__(self, dark: bool, outside: dict[str, str]) -> None:
        self.dark = dark
        self.known = {**variables(SHEETS), **outside}

    def colour(self, text: str) -> tuple[float, float, float]:
        text = text.strip()
        if text.startswith("#"):
            digits = text[1:] if len(text) > 4 else "".join(2 * digit for digit in text[1:])
            return tuple(int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4))
        if text in ("white", "black"):
            return (1.0,) * 3 if text == "white" else (0.0,) * 3
        name, inside = re.fullmatch(r"([\w-]+)\((.*)\)", text, re.DOTALL).groups()
        given = arguments(inside)
        if name == "light-dark":
            return self.colour(given[self.dark])
        if name == "var":
            own = self.known.get(given[0].removeprefix("--"))
            return self.colour(own if own is not None else given[1])
        if name == "rgba":
            *parts, alpha = (float(part) for part in given)
            ground = (0.0,) * 3 if self.dark else (1.0,) * 3
            return tuple(
                alpha * p / 255 + (1 - alpha) * g for p, g in zip(parts, ground, strict=True)
            )
        assert name == "color-mix", text
        first, share = re.fullmatch(r"(.+?)\s+([\d.]+)%", given[1]).groups()
        return self.mixed(first, float(share) / 100, given[2])

    def mixed(self, first: str, share: float, second: str) -> tuple[float, float, float]:
        pair = zip(self.colour(first), self.colour(second), strict=True)
        return tuple(share * one + (1 - share) * other for one, other in pair)

    def ratio(self, text: str, ground: str | tuple[float, float, float]) -> float:
        """Contrast of two colours, WCAG 2.2."""
        over = ground if isinstance(ground, tuple) else self.colour(ground)
        light, low = sorted((luminance(self.colour(text)), luminance(over)), reverse=True)
        return (light + 0.05) / (low + 0.05)


def luminance(colour: tuple[float, float, float]) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def of_jupyterlab(name: str) -> dict[str, str]:
    """The variables of one of JupyterLab's own themes."""
    lab = pytest.importorskip("jupyterlab", reason="jupyterlab is not installed")
    for parent in Path(lab.__file__).parents:
        sheet = parent / f"share/jupyter/lab/themes/@jupyterlab/theme-{name}-extension/index.css"
        if sheet.is_file():
            return variables(sheet.read_text("utf-8"))
    pytest.skip("JupyterLab's themes are not where they usually are")
    return {}


@pytest.fixture(params=["light page", "dark page", "light JupyterLab", "dark JupyterLab"])
def theme(request):
    shade, place = request.param.split()
    return Theme(shade == "dark", of_jupyterlab(shade) if place == "JupyterLab" else {})


@pytest.mark.parametrize("ground", GROUNDS)
def test_texts_reach_4_5_on_every_ground(theme, ground):
    ratios = {text: theme.ratio(f"var(--{text})", f"var(--{ground})") for text in TEXTS}
    assert min(ratios.values()) >= 4.5, ratios


def test_words_of_a_program_reach_4_5_also_on_marked_lines(theme):
    grounds = ["var(--bg)", "var(--now)"]
    grounds += [
        rule(f".cgr-code .cgr-line.{kind}", "background") for kind in ("cgr-failed", "cgr-evidence")
    ]
    for selector in CODE:
        for ground in grounds:
            assert theme.ratio(rule(selector, "color"), ground) >= 4.5, (selector, ground)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("ink", ".cgr-error"),
        ("ink", ".cgr-change"),
        ("faint", ".cgr-change"),
        ("ink", ".cgr-trial"),
        ("faint", ".cgr-trial"),
        ("ink", ".cgr-caution"),
        ("ink", ".cgr-option.cgr-gold"),
        ("good", ".cgr-option.cgr-gold"),
        ("warn", ".cgr-code .cgr-line.cgr-evidence"),
        ("faint", ".cgr-writing"),
    ],
)
def test_texts_reach_4_5_in_boxes_of_their_own(theme, text, box):
    assert theme.ratio(f"var(--{text})", rule(box, "background")) >= 4.5


def test_pressed_and_main_buttons_can_be_read(theme):
    assert theme.ratio("var(--bg)", "var(--brand)") >= 4.5


def test_marks_and_rings_reach_3(theme):
    colours = ["var(--cgr-direct)", "var(--cgr-assisted)", "var(--cgr-generator-side)"]
    colours += ["var(--neutral)", "var(--brand)", "var(--good)", "var(--bad)"]
    ratios = {colour: theme.ratio(colour, "var(--bg)") for colour in colours}
    assert min(ratios.values()) >= 3, ratios


def test_numbers_in_the_heat_map_reach_4_5_on_the_strongest_colour(theme):
    most = int(re.search(r"const MOST = (\d+);", static("pairs.js"))[1]) / 100
    for channel in ("direct", "assisted", "generator-side"):
        ground = theme.mixed(f"var(--cgr-{channel})", most, "var(--bg)")
        assert theme.ratio("var(--ink)", ground) >= 4.5, channel


def words_of_pages() -> dict[str, str]:
    """The glossary that the script of a panel holds."""
    (table,) = re.findall(r"^const CGR_WORDS = (.*);$", script("workbench.js"), re.MULTILINE)
    return json.loads(table)["glossary"]


def test_every_term_that_is_used_has_a_meaning():
    folder = resources.files("cgr_nb.widgets").joinpath("static")
    used = {
        word
        for file in folder.iterdir()
        if file.name.endswith(".js")
        for word in re.findall(r'\bterm\("([\w-]+)"', file.read_text("utf-8"))
    }
    assert len(used) > 10
    assert used <= words_of_pages().keys()


def test_every_arm_and_partition_has_a_meaning():
    from cgr_nb.arms import arm_names

    bundled = {"cot", "self_consistency", "foreign_scaffold", "stub_solver", "pal", "readout"}
    assert bundled <= set(arm_names())
    assert {*bundled, *CHANNELS, *PARTITION_WORDS} <= words_of_pages().keys()


def test_meanings_are_one_line_and_in_order():
    assert list(GLOSSARY) == sorted(GLOSSARY)
    assert all(20 < len(text) < 220 and not text.endswith(".") for text in GLOSSARY.values())
