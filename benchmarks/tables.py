"""Results as Markdown tables and the sentences under them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from benchmarks import standing
from benchmarks.page import NOTHING, markdown
from benchmarks.sections import HIGHLIGHTS, SECTIONS
from benchmarks.standing import ACCELERATED, BARE, FAMILY, OURS, PROMISED, YARDSTICK, keeps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.results import Results, Row

SHORT = {ACCELERATED: "accelerated"}


def amount(figure: float | None) -> str:
    """Return a figure with three digits or, from a thousand on, all of its whole part."""
    if figure is None:
        return NOTHING
    if figure >= 99.5:
        return f"{figure:,.0f}".replace(",", " ")
    return f"{figure:.1f}" if figure >= 9.95 else f"{figure:.2f}"


def ratio(ratios: Sequence[float]) -> str:
    """Return the median with the range of the rounds, as in `0.31 (0.30 to 0.33)`."""
    if not ratios:
        return NOTHING
    if len(ratios) == 1:
        return f"{ratios[0]:.2f}"
    return f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def percent(cost: float | None) -> str:
    return NOTHING if cost is None else f"{(cost - 1) * 100:+.1f} %"


def promise(row: Row, peer: str) -> str:
    """Return the target and whether it is kept, as in `≤ 0.30 ok`."""
    target = row.target_of(peer)
    if target is None:
        return ""
    verdict = {True: " ok", False: " MISS", None: ""}[keeps(row, peer)]
    return f"{'≥' if row.more_is_better else '≤'} {target:.2f}{verdict}"


def table(results: Results, names: Sequence[str]) -> str:
    """Return one table: a line for each of these rows, a column for each loop."""
    rows = [results.rows[name] for name in names]
    peers = [
        peer
        for peer in (*standing.loops(results), *standing.FLOORS)
        if any(row.figures.get(peer) for row in rows)
    ]
    compared = [peer for peer in PROMISED if {peer, YARDSTICK} <= set(results.peers)]
    weighed = any(results.rows[name].cost(OURS, BARE) for name in names)
    head = ["row", "unit", *(SHORT.get(peer, peer) for peer in peers)]
    for peer in compared:
        head += [f"{SHORT.get(peer, peer)} / {YARDSTICK}", "target"]
    head += ["detectors"] if weighed else []
    lines = []
    for name in names:
        row = results.rows[name]
        figures = (row.failures.get(peer) or amount(row.typical(peer)) for peer in peers)
        line = [name, row.unit, *figures]
        for peer in compared:
            line += [ratio(row.ratios(peer, YARDSTICK)), promise(row, peer)]
        line += [percent(row.cost(OURS, BARE))] if weighed else []
        lines.append(line)
    return markdown(head, lines)


def gains(results: Results, names: Sequence[str]) -> str:
    """Return the sentence about the mean over those of these rows that all loops have run."""
    peers = standing.loops(results)
    able, shared = standing.comparable(results, names, peers)
    if not shared or YARDSTICK not in able:
        return ""
    means = standing.gains(results, shared, able)
    told = ", ".join(f"{peer} {means[peer]:.2f}" for peer in able if peer != YARDSTICK)
    text = f"Times as fast as {YARDSTICK} over {len(shared)} rows (geometric mean): {told}."
    for peer in peers:
        if peer not in able:
            text += f" {peer} ran {len(standing.shared_rows(results, names, [peer]))}."
    return text


def places(results: Results, names: Sequence[str], *, told: bool = True) -> str:
    """Return the sentence that says in how many rows trueloop is first.

    `told`: And where it is not, and by how much.
    """
    if not set(standing.loops(results)) - set(FAMILY) or not set(PROMISED) & set(results.peers):
        return ""
    lost = standing.defeats(results, names)
    text = (
        f"{OURS}, plain or accelerated, is first in {len(names) - len(lost)} of {len(names)} rows"
    )
    if not lost or not told:
        return f"{text}."
    each = "; ".join(f"{one.row}: {one.rival} needs {one.share:.2f} of it" for one in lost)
    return f"{text}. Not in {each}."


def overhead(results: Results) -> str:
    """Return the sentence about what all detectors together cost the scheduling rows."""
    costs = standing.detector_costs(results)
    if not costs:
        return ""
    mean = standing.geometric_mean(costs)
    verdict = "ok" if mean <= standing.OVERHEAD_LIMIT else "MISS"
    return (
        f"All detectors together: {percent(mean)} CPU over the {len(costs)} scheduling rows "
        f"(geometric mean; at most {percent(max(costs))} in one of them; "
        f"target ≤ {(standing.OVERHEAD_LIMIT - 1) * 100:.0f} %: {verdict})."
    )


def promises(results: Results) -> str:
    """Return the sentence that counts the promises, and names those that are not kept."""
    verdicts = [keeps(row, peer) for row in results.rows.values() for peer in PROMISED]
    made = [verdict for verdict in verdicts if verdict is not None]
    if not made:
        return ""
    lost = standing.missed(results)
    missed = f" Missed: {', '.join(lost)}." if lost else ""
    return f"{sum(made)} of {len(made)} promised ratios are kept.{missed}"


def provenance(results: Results) -> str:
    """Return the sentence that says what was measured, where and how often."""
    versions = ", ".join(
        f"{peer} {version}"
        for peer, version in results.peers.items()
        if peer not in ("asyncio", ACCELERATED, BARE, *standing.FLOORS)
    )
    rounds = sorted({row.rounds for row in results.rows.values()}) or [0]
    times = f"{rounds[0]}" if len(rounds) == 1 else f"{rounds[0]} to {rounds[-1]}"
    where = results.machine
    return (
        f"Medians of {times} interleaved rounds, each figure from a fresh process pinned to one "
        f"CPU. CPython {results.python}; {versions} (commit {results.commit}). {where['cpu']}, "
        f"{where['cpus']} CPUs, Linux {where['kernel']}, {where['libc']}."
    )


def left_out(results: Results) -> str:
    told = "; ".join(f"{name}: {reason}" for name, reason in results.left_out.items())
    return f"Left out: {told}." if told else ""


def complete(results: Results, images: Mapping[str, str]) -> str:
    """Return everything: each section with its chart and table, then what is to be said of all.

    `images`: the charts there are, from the name of the file to its address on the page.
    """
    parts = [image(images, "gains.svg", "How many times as fast as uvloop each loop is")]
    for section in SECTIONS:
        names = section.rows(results)
        if names:
            parts.append(f"### {section.title}")
            parts.append(image(images, f"{section.name}.svg", section.compared))
            parts.append(table(results, names))
            parts += [gains(results, names)] if section.means else []
            parts.append(places(results, names))
    parts += [promises(results), overhead(results), left_out(results), provenance(results)]
    return "\n\n".join(part for part in parts if part)


def short(results: Results, images: Mapping[str, str]) -> str:
    """Return what a front page shows: two charts, and the sentences about all rows."""
    parts = [
        image(images, "gains.svg", "How many times as fast as uvloop each loop is"),
        image(images, f"{HIGHLIGHTS.name}.svg", HIGHLIGHTS.compared),
        places(results, list(results.rows), told=False),
        promises(results),
        overhead(results),
        provenance(results),
    ]
    return "\n\n".join(part for part in parts if part)


def image(images: Mapping[str, str], name: str, alternative: str) -> str:
    return f"![{alternative}]({images[name]})" if name in images else ""


def promised(results: Results) -> str:
    """Return one table of the rows with a promise."""
    names = [
        name
        for name, row in results.rows.items()
        if any(row.target_of(peer) is not None for peer in PROMISED)
    ]
    return "\n\n".join([table(results, names), provenance(results)])
