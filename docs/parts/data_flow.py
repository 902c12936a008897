"""The figure of how data flows: boxes and arrows, in the colours of the page around them."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["data_flow"]

_WIDTH, _HEIGHT = 1004, 372
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
    Box(604, 210, 116, ("solver", "short questions"), "model"),
    Box(316, 312, 254, ("other arms", "controls: more calls, no program, ...")),
    Box(812, 122, 84, ("study", ".sqlite", "all records"), "kept"),
    Box(932, 14, 66, ("report",)),
    Box(932, 104, 66, ("panels",)),
    Box(932, 194, 66, ("audits",)),
    Box(932, 284, 66, ("package", "verify")),
)
_ARROWS = (
    "M120 177 H152",
    "M270 177 H292 V39 H310",
    "M270 177 H292 V143 H310",
    "M270 177 H292 V337 H310",
    "M432 143 H460",
    "M570 143 H598",
    "M650 168 V204",
    "M674 210 V174",
    "M720 143 H806",
    "M432 39 H786 V132 H806",
    "M518 168 V284 H786 V160 H806",
    "M570 337 H796 V174 H806",
    "M896 155 H914 V30 H926",
    "M896 155 H914 V120 H926",
    "M896 155 H914 V210 H926",
    "M896 155 H914 V308 H926",
)
_NOTES = (
    (610, 32, "direct"),
    (752, 137, "assisted"),
    (648, 300, "generator-side: GENERATOR_ANSWER"),
    (634, 193, "ask"),
    (695, 193, "reply"),
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
        f' all is stored in one file, the source of report, panels, audits and package"'
        f' viewBox="0 0 {_WIDTH} {_HEIGHT}" xmlns="http://www.w3.org/2000/svg"><style>{_STYLE}</style>'
        '<defs><marker id="flow-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        f' markerHeight="7" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>{arrows}'
        f"{''.join(box.svg() for box in _BOXES)}{notes}</svg></figure>"
    )
