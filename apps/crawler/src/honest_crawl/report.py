"""Owns how the account is shown: a bar while it runs, a table for people, JSON lines for programs.

Reads the ledger, never writes it. Everything here runs outside the loop: the bar is drawn by rich's
own thread, so that a slow terminal holds up nobody.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TextIO

from rich import box
from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from honest_crawl.ledger import Entry, Fate, Ledger

__all__ = ["print_report", "progress_bar", "write_json_lines"]

_STYLES = {
    Fate.FETCHED: "green",
    Fate.REDIRECTED: "cyan",
    Fate.TIMED_OUT: "yellow",
    Fate.REFUSED: "yellow",
    Fate.FAILED: "red",
    Fate.OUT_OF_SCOPE: "dim",
    Fate.OVER_LIMIT: "magenta",
    Fate.CANCELLED: "bold yellow",
    Fate.NOT_REACHED: "bold yellow",
}


@contextmanager
def progress_bar(ledger: Ledger, console: Console) -> Iterator[None]:
    """Show how far the crawl is while this is open; nothing unless `console` is a terminal."""
    if not console.is_terminal:
        yield
        return
    with Live(
        console=console,
        get_renderable=_bar_of(ledger),
        refresh_per_second=10,
        transient=True,
    ):
        yield


def _bar_of(ledger: Ledger) -> Callable[[], RenderableType]:
    started = time.monotonic()

    def draw() -> RenderableType:
        settled = ledger.seen - ledger.open
        row = Table.grid(padding=(0, 2))
        row.add_row(
            ProgressBar(total=max(ledger.seen, 1), completed=settled, width=40),
            Text(f"{settled} of {ledger.seen} URLs accounted for"),
            Text(f"{ledger.total(Fate.FETCHED)} fetched", style=_STYLES[Fate.FETCHED]),
            Text(f"{time.monotonic() - started:.1f} s", style="dim"),
        )
        return row

    return draw


def print_report(ledger: Ledger, console: Console, *, duration_s: float) -> None:
    """Print one row for each fate and reason, and the totals. Expects an audited ledger."""
    start = ledger.entries[0].url if ledger.entries else "nothing"
    table = Table(box=box.SIMPLE_HEAD, show_footer=True, pad_edge=False, title_justify="left")
    table.title = f"The account of {start}"
    table.add_column("Fate", footer="seen")
    table.add_column("Total", footer=str(ledger.seen), justify="right")
    table.add_column("URLs", footer=str(ledger.seen), justify="right")
    table.add_column("Reason", footer="each in exactly one fate")
    example_width = max(12, min(36, console.width - 58))  # the reasons need the room more
    table.add_column("For example", overflow="ellipsis", no_wrap=True, max_width=example_width)
    for fate in Fate:
        reasons = _by_reason(ledger, fate) or {"": []}
        for number, (reason, entries) in enumerate(reasons.items()):
            first = number == 0
            table.add_row(
                Text(fate, style=_STYLES[fate]) if first else "",
                str(ledger.total(fate)) if first else "",
                str(len(entries)) if entries else "",
                Text(reason),
                Text(_short(entries[0].url, start) if entries else "", style="dim"),
            )
    console.print(table)
    size_mib = sum(entry.size_bytes for entry in ledger.entries) / 2**20
    visits = sum(entry.request_id is not None for entry in ledger.entries)
    console.print(
        f"{ledger.seen} URLs seen, {ledger.seen} accounted for. "
        f"{visits} visits, {size_mib:.1f} MiB, {duration_s:.1f} s.",
        highlight=False,
    )


def write_json_lines(ledger: Ledger, out: TextIO) -> None:
    """Write one JSON object for each URL, in the order in which they were seen."""
    for entry in ledger.entries:
        out.write(json.dumps(asdict(entry), ensure_ascii=False) + "\n")


def _by_reason(ledger: Ledger, fate: Fate) -> dict[str, list[Entry]]:
    """The entries of one fate by reason, the most frequent first."""
    reasons: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in ledger.entries:
        if entry.fate is fate:
            reasons[entry.reason].append(entry)
    return dict(sorted(reasons.items(), key=lambda item: -len(item[1])))


def _short(url: str, start: str) -> str:
    """`url` as seen from `start`."""
    return "/" + url.removeprefix(start) if start.endswith("/") and url.startswith(start) else url
