"""Draws SVG pictures that are readable on light and on dark pages.

A picture brings its own background. Colours have names: the light ones stand in the elements, so
that any program shows them; the dark ones in a style sheet, for readers who prefer them. Text has a
generic font, and its width is estimated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Mapping

FONT = "system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
CHARACTER = 0.59  # the width of an average character, as a share of the font's size


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour on light and on dark ground."""

    light: str
    dark: str


PAPER = "paper"
INK = "ink"
FAINT = "faint"
RULE = "rule"
COLOURS: Mapping[str, Colour] = {
    PAPER: Colour("#ffffff", "#15191e"),
    INK: Colour("#1f2328", "#e6e9ee"),
    FAINT: Colour("#5c6670", "#9aa4af"),
    RULE: Colour("#d8dde3", "#343b44"),
}


def text_width(text: str, size: float) -> float:
    return len(text) * size * CHARACTER


def number(value: float) -> str:
    """Return a coordinate with a tenth of a pixel and no more digits than it needs."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass(slots=True)
class Picture:
    """A picture that grows element by element; coordinates are pixels from the upper left.

    Attributes:
        title: What a screen reader calls it.
        description: What can be seen on it, in words.
        colours: More colours by name.
    """

    width: float
    height: float
    title: str
    description: str
    colours: Mapping[str, Colour] = field(default_factory=dict)
    _elements: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 12,
        colour: str = INK,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Write on the base line `y`; `anchor` is start, middle or end."""
        weight = ' font-weight="600"' if bold else ""
        place = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}"'
        self._elements.append(
            f'<text {place} text-anchor="{anchor}"{weight} {self._fill(colour)}>'
            f"{escape(text)}</text>"
        )

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, colour: str = RULE, width: float = 1
    ) -> None:
        place = " ".join(
            f'{name}="{number(value)}"'
            for name, value in (("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2))
        )
        self._elements.append(
            f'<line {place} stroke="{self._light(colour)}" class="s-{colour}" '
            f'stroke-width="{number(width)}"/>'
        )

    def bar(self, x: float, y: float, width: float, height: float, *, colour: str) -> None:
        place = f'x="{number(x)}" y="{number(y)}"'
        extent = f'width="{number(max(width, 0.5))}" height="{number(height)}"'
        self._elements.append(f'<rect {place} {extent} rx="1.5" {self._fill(colour)}/>')

    def mark(
        self, x: float, y: float, shape: str, *, colour: str, size: float = 5, label: str = ""
    ) -> None:
        """Draw a point: a "disc", "ring", "square", "diamond", "triangle" or "tick" around (x, y).

        `label` is shown when the pointer rests on it.
        """
        told = f"<title>{escape(label)}</title>" if label else ""
        if shape in ("disc", "ring"):
            tag, place = "circle", f'cx="{number(x)}" cy="{number(y)}" r="{number(size)}"'
        else:
            corners = {
                "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
                "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
                "tick": ((-0.3, -1.5), (0.3, -1.5), (0.3, 1.5), (-0.3, 1.5)),
                "triangle": ((0, -1.15), (1.1, 0.85), (-1.1, 0.85)),
            }[shape]
            points = " ".join(
                f"{number(x + dx * size)},{number(y + dy * size)}" for dx, dy in corners
            )
            tag, place = "polygon", f'points="{points}"'
        if shape == "ring":
            look = f'fill="none" stroke="{self._light(colour)}" class="s-{colour}" stroke-width="2"'
        else:
            look = self._fill(colour)
        self._elements.append(f"<{tag} {place} {look}>{told}</{tag}>")

    def _light(self, colour: str) -> str:
        return ({**COLOURS, **self.colours})[colour].light

    def _fill(self, colour: str) -> str:
        return f'fill="{self._light(colour)}" class="{colour}"'

    def render(self) -> str:
        """Return the file's text."""
        dark = "".join(
            f".{name}{{fill:{colour.dark}}}.s-{name}{{stroke:{colour.dark}}}"
            for name, colour in {**COLOURS, **self.colours}.items()
        )
        width, height = number(self.width), number(self.height)
        size = f'width="{width}" height="{height}"'
        role = 'role="img" aria-labelledby="title description"'
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}"',
                f"     {role} font-family={quoteattr(FONT)}>",
                f'<title id="title">{escape(self.title)}</title>',
                f'<desc id="description">{escape(self.description)}</desc>',
                f"<style>@media (prefers-color-scheme: dark){{{dark}}}</style>",
                f'<rect {size} rx="6" {self._fill(PAPER)}/>',
                *self._elements,
                "</svg>\n",
            ]
        )
