"""Results as charts: the means at a glance, and every row of a group on a line of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import standing
from benchmarks.sections import HIGHLIGHTS, SECTIONS, Section
from benchmarks.standing import ACCELERATED, OURS, PROMISED, YARDSTICK
from benchmarks.svg import FAINT, INK, RULE, Colour, Picture, text_width

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.results import Results, Row

WIDTH = 860
MARGIN = 20
FEW_TICKS = 3
TITLE = 16
SMALL = 11
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
FINE_TICKS = (0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.4, 1.6, 1.8, 2)  # where few of these are near


@dataclass(frozen=True, slots=True)
class Look:
    """How a loop is drawn."""

    label: str
    colour: Colour
    shape: str


LOOKS = {
    "asyncio": Look("asyncio", Colour("#8b949e", "#7d8590"), "ring"),
    "uvloop": Look("uvloop", Colour("#4a5560", "#b1bac4"), "square"),
    "rloop": Look("rloop", Colour("#c98a1b", "#d9a441"), "triangle"),
    "rsloop": Look("rsloop", Colour("#c2553d", "#e0795f"), "square"),
    "zuvloop": Look("zuvloop", Colour("#6f5bd0", "#9d8cf0"), "diamond"),
    "floor-c": Look("the kernel alone", Colour("#111418", "#f0f3f6"), "tick"),
    "floor-python": Look("calls alone", Colour("#a03d8f", "#db7fcb"), "tick"),
    OURS: Look("trueloop", Colour("#1a7f4f", "#3fb97f"), "disc"),
    ACCELERATED: Look("trueloop, accelerated", Colour("#0a5c9e", "#4ea3ec"), "disc"),
}


def picture(height: float, title: str, description: str) -> Picture:
    colours = {name: look.colour for name, look in LOOKS.items()}
    drawn = Picture(WIDTH, height, title, description, colours)
    drawn.text(MARGIN, 30, title, size=TITLE, bold=True)
    return drawn


def legend(drawn: Picture, peers: Iterable[str], y: float) -> None:
    """Name the marks on one line, and the line that stands for the yardstick."""
    x = float(MARGIN)
    for peer in peers:
        look = LOOKS[peer]
        drawn.mark(x + 6, y - 4, look.shape, colour=peer)
        drawn.text(x + 17, y, look.label, size=SMALL + 1, bold=peer in PROMISED)
        x += 17 + text_width(look.label, SMALL + 1) + 22
    drawn.line(x + 6, y - 11, x + 6, y + 3, colour=FAINT, width=1.5)
    drawn.text(x + 17, y, YARDSTICK, size=SMALL + 1)


class Scale:
    """A logarithmic axis of ratios between two places on the page."""

    def __init__(self, ratios: Iterable[float], left: float, right: float) -> None:
        ratios = [*ratios, 1.0]
        least, most = min(ratios), max(ratios)
        near = [tick for tick in TICKS if least * 0.8 < tick < most * 1.25]
        fine = [tick for tick in FINE_TICKS if least * 0.9 < tick < most * 1.1]
        self.ticks = near if len(near) > FEW_TICKS else fine
        self._low = math.log(min(least, *self.ticks) * 0.95)
        self._high = math.log(max(most, *self.ticks) * 1.05)
        self._left, self._right = left, right

    def at(self, ratio: float) -> float:
        """Return the place of a ratio."""
        share = (math.log(ratio) - self._low) / (self._high - self._low)
        return self._left + share * (self._right - self._left)


def charts(results: Results) -> dict[str, str]:
    """Return every chart that can be drawn of these results, by the name of its file."""
    files = {}
    if means := means_of(results):
        files["gains.svg"] = gains(means)
    for section in (*SECTIONS, HIGHLIGHTS):
        if names := comparable_rows(results, section):
            files[f"{section.name}.svg"] = dots(results, names, section.chart_title)
    return files


def means_of(results: Results) -> list[tuple[str, int, dict[str, float]]]:
    """Return the sections whose means are shown: title, number of rows, gains by loop.

    The means of one section are over the rows that all its loops have run.
    """
    parts = []
    for section in SECTIONS:
        if section.means:
            able, shared = standing.comparable(
                results, section.rows(results), standing.loops(results)
            )
            if shared and YARDSTICK in able and set(PROMISED) & set(able):
                parts.append((section.title, len(shared), standing.gains(results, shared, able)))
    return parts


def comparable_rows(results: Results, section: Section) -> list[str]:
    """Return the rows of the section in which something is known of ours and of the yardstick."""
    return [
        name
        for name in section.rows(results)
        if any(results.rows[name].cost(peer, YARDSTICK) for peer in PROMISED)
    ]


def gains(parts: Sequence[tuple[str, int, dict[str, float]]]) -> str:
    """Return the chart of means: for each section, how many times as fast as uvloop."""
    best = max(gain for _, _, means in parts for gain in means.values())
    bar, gap, head = 15, 4, 30
    heights = [head + len(means) * (bar + gap) for _, _, means in parts]
    left, right = MARGIN + 160, WIDTH - MARGIN - 50
    said = "; ".join(
        f"{title}: {', '.join(f'{LOOKS[peer].label} {gain:.2f}' for peer, gain in means.items())}"
        for title, _, means in parts
    )
    drawn = picture(
        70 + sum(heights), f"Times as fast as {YARDSTICK}, by CPU time (longer is better)", said
    )
    y = 44.0
    unit = (right - left) / best
    drawn.line(left + unit, y, left + unit, 44 + sum(heights) + 6, colour=FAINT)
    for (title, rows, means), height in zip(parts, heights, strict=True):
        drawn.text(MARGIN, y + 20, title, size=13, bold=True)
        drawn.text(right + 50, y + 20, f"{rows} rows", size=SMALL, colour=FAINT, anchor="end")
        line = y + head
        for peer, gain in means.items():
            ours = peer in PROMISED
            colour = INK if ours else FAINT
            drawn.text(
                left - 8, line + 12, LOOKS[peer].label, colour=colour, anchor="end", bold=ours
            )
            drawn.bar(left, line, gain * unit, bar, colour=peer)
            drawn.text(left + gain * unit + 6, line + 12, f"{gain:.2f}", colour=colour, bold=ours)
            line += bar + gap
        y += height
    return drawn.render()


def dots(results: Results, names: Sequence[str], title: str) -> str:
    """Return the chart of single rows: each a line, with a point for each loop's cost.

    Cost is the figure in that of uvloop, so turned that less is better. A thin line shows between
    which values the rounds of ours were.
    """
    rows = {name: results.rows[name] for name in names}
    peers = [
        peer
        for peer in (*standing.loops(results), *standing.FLOORS)
        if peer != YARDSTICK and any(row.cost(peer, YARDSTICK) for row in rows.values())
    ]
    step, top = 21, 88
    left = MARGIN + max(text_width(name, 12) for name in rows) + 14
    right = WIDTH - MARGIN - 46
    scale = Scale(
        (cost for row in rows.values() for peer in peers if (cost := row.cost(peer, YARDSTICK))),
        left,
        right,
    )
    bottom = top + step * len(rows)
    drawn = picture(bottom + 34, title, description(rows))
    legend(drawn, peers, 56)
    for tick in scale.ticks:
        x = scale.at(tick)
        colour = FAINT if tick == 1 else RULE
        drawn.line(x, top - 4, x, bottom, colour=colour, width=1.5 if tick == 1 else 1)
        drawn.text(x, top - 9, f"{tick:g}", size=SMALL, colour=FAINT, anchor="middle")
    note = "further left is better; a thick line is the range of the rounds"
    drawn.text(right, bottom + 20, note, size=SMALL, colour=FAINT, anchor="end")
    drawn.text(WIDTH - MARGIN, top - 9, "ours", size=SMALL, colour=FAINT, anchor="end")
    for number, (name, row) in enumerate(rows.items()):
        y = top + step * number + step / 2
        drawn.text(left - 12, y + 4, name, anchor="end")
        drawn.line(left, y, right, y)
        points(drawn, scale, row, peers, y)
    return drawn.render()


def points(drawn: Picture, scale: Scale, row: Row, peers: Sequence[str], y: float) -> None:
    """Draw the points of one row, ours above the others, and the better of ours as a number."""
    for peer in peers:
        cost = row.cost(peer, YARDSTICK)
        if cost is None:
            continue
        look = LOOKS[peer]
        if peer in PROMISED:
            ratios = row.ratios(peer, YARDSTICK)
            ends = [1 / ratio if row.more_is_better else ratio for ratio in (ratios[0], ratios[-1])]
            drawn.line(scale.at(ends[0]), y, scale.at(ends[1]), y, colour=peer, width=3)
        size = 5.5 if peer in PROMISED else 4.5
        label = f"{look.label}: {cost:.2f}"
        drawn.mark(scale.at(cost), y, look.shape, colour=peer, size=size, label=label)
    best = min(filter(None, (row.cost(peer, YARDSTICK) for peer in PROMISED)), default=None)
    if best is not None:
        drawn.text(WIDTH - MARGIN, y + 4, f"{best:.2f}", anchor="end", bold=True)


def description(rows: dict[str, Row]) -> str:
    """Return in words where ours stand."""
    costs = [
        min(filter(None, (row.cost(peer, YARDSTICK) for peer in PROMISED)), default=None)
        for row in rows.values()
    ]
    known = [cost for cost in costs if cost is not None]
    if not known:
        return f"{len(rows)} rows."
    cheaper = sum(cost < 1 for cost in known)
    return (
        f"{len(rows)} rows. The better of trueloop, plain and accelerated, costs less than "
        f"{YARDSTICK} in {cheaper} of {len(known)}; half of them {median(known):.2f} of it or less."
    )
