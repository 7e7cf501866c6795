"""Owns the command `honest-crawl`: signals and exit status. Only __main__ imports it."""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext

import trueloop
from rich.console import Console

from honest_crawl import logs
from honest_crawl.crawl import Crawl
from honest_crawl.ledger import AccountError, Ledger
from honest_crawl.options import Options, parse
from honest_crawl.pages import answer
from honest_crawl.report import print_report, progress_bar, write_json_lines
from honest_crawl.site import hostile_site

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Crawl as the arguments say and report; return the exit status."""
    options = parse(arguments)
    ledger = Ledger()
    started = time.monotonic()
    status = 0
    with options.out or nullcontext() as out, options.log or nullcontext() as log:
        if log is not None:
            logs.configure(log)
        try:
            with progress_bar(ledger, Console(stderr=True)):
                trueloop.run(_crawl(options, ledger))
        except KeyboardInterrupt:
            ledger.close("broken off")
            status = 130
        if out is not None:
            write_json_lines(ledger, out)
    print_report(ledger, _report_console(), duration_s=time.monotonic() - started)
    try:
        ledger.audit()
    except AccountError as error:
        print(f"honest-crawl: the account does not add up: {error}", file=sys.stderr)
        status = 1
    return status


async def _crawl(options: Options, ledger: Ledger) -> None:
    """Crawl the given URL, or the embedded site."""
    limits, injection = options.limits, options.injection
    if options.url is not None:
        await _run_until_signalled(Crawl(options.url, ledger, limits, injection=injection))
        return
    async with hostile_site(answer) as site:
        crawl = Crawl(site.url, ledger, limits, injection=injection, proxies=False)
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
