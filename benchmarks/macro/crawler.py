"""The crawler of apps/crawler on a tree of pages, site and crawler in one process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.workload import Meter, Workload, want_module

if TYPE_CHECKING:
    from honest_crawl.site import Exchange

BRANCHES = 8
CONCURRENCY = 8


def page(path: str) -> str:
    """Return the HTML of a page, which leads to the pages below it."""
    links = "".join(
        f'<li><a href="{path.rstrip("/")}/{number}">{number}</a>' for number in range(BRANCHES)
    )
    return f"<!doctype html><title>{path}</title><ul>{links}</ul>"


async def answer(exchange: Exchange) -> None:
    if exchange.path == "/robots.txt":
        await exchange.respond("User-agent: *\n", content_type="text/plain")
    else:
        await exchange.respond(page(exchange.path))


async def crawl(meter: Meter, operations: int) -> None:
    want_module("honest_crawl")
    from honest_crawl.crawl import Crawl
    from honest_crawl.frontier import Limits
    from honest_crawl.ledger import Ledger
    from honest_crawl.site import hostile_site

    limits = Limits(pages=operations, depth=20, concurrency=CONCURRENCY)
    async with hostile_site(answer) as site:
        ledger = Ledger()
        with meter:
            await Crawl(site.url, ledger, limits, proxies=False).run()
        ledger.audit()


ROWS = (
    Workload(
        "crawl",
        "one page fetched, parsed and served, eight at a time, with httpx2 and lxml",
        150,
        crawl,
        smallest=10,
        scheduling=False,
    ),
)
