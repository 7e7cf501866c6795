"""Owns the command `honest-crawl`: arguments, signals, exit status. Only __main__ imports it."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TextIO

import trueloop
from rich.console import Console

from honest_crawl import __version__, logs
from honest_crawl.address import resolve, scheme_of
from honest_crawl.crawl import Crawl
from honest_crawl.frontier import Limits
from honest_crawl.inject import Injection
from honest_crawl.ledger import Ledger
from honest_crawl.pages import answer
from honest_crawl.report import print_report, progress_bar, write_json_lines
from honest_crawl.site import hostile_site

__all__ = ["main"]

_DEMO = Limits(pages=120, depth=4, timeout_s=2.0)
_EXIT_STATUS = """\
Exit status: 0 if every URL ever seen is accounted for, also after a graceful stop by Ctrl-C or
SIGTERM; 1 if not; 2 for wrong arguments; 130 if a second Ctrl-C broke off the stop.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl as the arguments say and report; return the exit status."""
    options = _parse(arguments)
    ledger = Ledger()
    started = time.monotonic()
    interrupted = False
    with ExitStack() as files:
        out: TextIO | None = options.out and files.enter_context(options.out)
        log_stream: TextIO | None = options.log and files.enter_context(options.log)
        logs.configure(log_stream)
        try:
            with progress_bar(ledger, Console(stderr=True)):
                trueloop.run(_crawl(options, ledger))
        except KeyboardInterrupt:
            interrupted = True
            ledger.close("broken off")
        ledger.audit()
        if out is not None:
            write_json_lines(ledger, out)
        print_report(ledger, _report_console(), duration_s=time.monotonic() - started)
    return 130 if interrupted else 0


async def _crawl(options: argparse.Namespace, ledger: Ledger) -> None:
    """Crawl the given URL, or the embedded site."""
    if not options.demo:
        crawl = Crawl(options.url, ledger, options.limits, injection=options.injection)
        await _run_until_signalled(crawl)
        return
    async with hostile_site(answer) as site:
        crawl = Crawl(site.url, ledger, options.limits, proxies=False, injection=options.injection)
        await _run_until_signalled(crawl)


async def _run_until_signalled(crawl: Crawl) -> None:
    """Run `crawl`; the first SIGINT or SIGTERM stops it gracefully, a second one acts as ever."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop(received: signal.Signals) -> None:
        release()
        crawl.stop(f"stopped by {received.name}")

    def release() -> None:
        for each in signals:
            loop.remove_signal_handler(each)

    for each in signals:
        loop.add_signal_handler(each, stop, each)
    try:
        await crawl.run()
    finally:
        release()


def _report_console() -> Console:
    """Standard output; wide enough for the table where nobody says how wide it is."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, 100))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    usual = Limits()
    parser = argparse.ArgumentParser(
        prog="honest-crawl",
        description="Crawl one host and account for every URL ever seen.",
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "url", nargs="?", metavar="URL", help="where to start; other hosts are left alone"
    )
    parser.add_argument(
        "--demo", action="store_true", help="crawl an embedded hostile site instead"
    )
    parser.add_argument(
        "--limit",
        type=_count,
        metavar="N",
        help=f"pages visited at most ({usual.pages}; demo {_DEMO.pages})",
    )
    parser.add_argument(
        "--concurrency", type=_count, metavar="N", help=f"requests at a time ({usual.concurrency})"
    )
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="S",
        help=f"seconds for one request ({usual.timeout_s:g}; demo {_DEMO.timeout_s:g})",
    )
    parser.add_argument(
        "--depth",
        type=_count,
        metavar="N",
        help=f"links from the start at most ({usual.depth}; demo {_DEMO.depth})",
    )
    parser.add_argument(
        "--out",
        type=_writable,
        metavar="FILE",
        help="write the account there, a JSON object per URL",
    )
    parser.add_argument(
        "--log",
        type=_writable,
        metavar="FILE",
        help='write a JSON log there; "-" is standard error',
    )
    lab = parser.add_mutually_exclusive_group()
    lab.add_argument(
        "--inject-blocker",
        dest="injection",
        action="store_const",
        const=Injection.BLOCKER,
        default=Injection.NONE,
        help="lab: time.sleep(2) on the loop, at the second page parsed",
    )
    lab.add_argument(
        "--inject-pause",
        dest="injection",
        action="store_const",
        const=Injection.PAUSE,
        help="lab: asyncio.sleep(2) in its place",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    options = parser.parse_args(arguments)
    if options.demo == (options.url is not None):
        parser.error("give either a URL or --demo")
    if options.url is not None:
        try:
            options.url = resolve(options.url)
        except ValueError as error:
            parser.error(str(error))
        if scheme_of(options.url) not in ("http", "https"):
            parser.error(f"{options.url!r} does not begin with http:// or https://")
    given = {
        "pages": options.limit,
        "depth": options.depth,
        "concurrency": options.concurrency,
        "timeout_s": options.timeout,
    }
    chosen = {name: value for name, value in given.items() if value is not None}
    options.limits = replace(_DEMO if options.demo else usual, **chosen)
    return options


def _count(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _seconds(text: str) -> float:
    if not 0 < (number := float(text)) < 86_400:
        raise ValueError
    return number


def _writable(name: str) -> TextIO:
    return sys.stderr if name == "-" else open(name, "w", encoding="utf-8")
