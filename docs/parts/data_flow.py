"""The figure of how data flows: boxes and arrows, in the colours of the page around them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["data_flow"]

_WIDTH, _HEIGHT = 960, 356
_LINE = 17
_STYLE = (
    ".flow rect{fill:var(--md-code-bg-color);stroke:var(--md-default-fg-color--light)}"
    ".flow .model rect{stroke:var(--md-primary-fg-color);stroke-width:2}"
    ".flow .kept rect{fill:var(--md-primary-fg-color)}"
    ".flow text{fill:var(--md-default-fg-color);font-size:13px;text-anchor:middle}"
    ".flow .kept text{fill:var(--md-primary-bg-color)}"
    ".flow .note{font-size:12px;fill:var(--md-default-fg-color--light)}"
    ".flow .name{font-weight:700}"
    ".flow path{fill:none;stroke:var(--md-default-fg-color--light);stroke-width:1.5}"
    ".flow marker path{fill:var(--md-default-fg-color--light);stroke:none}"
)


@dataclass(frozen=True, slots=True)
class Box:
    """A box, its first line in bold."""

    x: int
    y: int
    width: int
    lines: tuple[str, ...]
    kind: str = "step"

    @property
    def height(self) -> int:
        """As high as its lines need."""
        return 16 + _LINE * len(self.lines)

    def svg(self) -> str:
        """The box."""
        middle = self.x + self.width / 2
        texts = "".join(
            f'<text class="{"name" if not number else "more"}" x="{middle:g}"'
            f' y="{self.y + 21 + _LINE * number}">{escape(line)}</text>'
            for number, line in enumerate(self.lines)
        )
        return (
            f'<g class="{self.kind}"><rect x="{self.x}" y="{self.y}" width="{self.width}"'
            f' height="{self.height}" rx="5"/>{texts}</g>'
        )


_BOXES = (
    Box(8, 152, 112, ("item files", "any form")),
    Box(158, 152, 112, ("items", "options, gold")),
    Box(316, 14, 116, ("solver", "one prompt"), "model"),
    Box(316, 118, 116, ("generator", "writes a program"), "model"),
    Box(466, 118, 104, ("program", "scaffold")),
    Box(604, 118, 116, ("sandbox", "runs it")),
    Box(604, 214, 116, ("solver", "short questions"), "model"),
    Box(316, 288, 254, ("other arms", "controls: more calls, no program, ...")),
    Box(770, 122, 84, ("study", ".sqlite", "all is kept"), "kept"),
    Box(886, 14, 66, ("report",)),
    Box(886, 94, 66, ("panels",)),
    Box(886, 174, 66, ("audits",)),
    Box(886, 254, 66, ("package", "verify")),
)
_ARROWS = (
    "M120 177 H152",
    "M270 177 H292 V39 H310",
    "M270 177 H292 V143 H310",
    "M270 177 H292 V313 H310",
    "M432 143 H460",
    "M570 143 H598",
    "M650 168 V208",
    "M674 214 V174",
    "M720 143 H764",
    "M432 39 H744 V143 H764",
    "M518 168 V192 H744 V160 H764",
    "M570 313 H744 V176 H764",
    "M854 155 H870 V30 H880",
    "M854 155 H870 V110 H880",
    "M854 155 H870 V190 H880",
    "M854 155 H870 V278 H880",
)
_NOTES = (
    (588, 32, "direct"),
    (742, 112, "assisted"),
    (532, 208, "generator-side: GENERATOR_ANSWER"),
    (636, 194, "ask"),
    (698, 194, "reply"),
)


def data_flow() -> str:
    """The figure, as HTML without an empty line."""
    notes = "".join(
        f'<text class="note" x="{x}" y="{y}">{escape(text)}</text>' for x, y, text in _NOTES
    )
    arrows = "".join(f'<path d="{path}" marker-end="url(#flow-head)"/>' for path in _ARROWS)
    return (
        '<figure class="flow"><svg class="flow" role="img"'
        f' aria-label="Item files become items; solver, generator, sandbox and controls answer;'
        f' all is kept in one file, from which report, panels, audits and package are made"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" xmlns="http://www.w3.org/2000/svg"><style>{_STYLE}</style>'
        '<defs><marker id="flow-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>{arrows}'
        f"{''.join(box.svg() for box in _BOXES)}{notes}</svg></figure>"
    )
