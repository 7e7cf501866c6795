"""The demo crawl, end to end: each hostile page gets the fate it deserves, and all adds up."""

import asyncio
from collections import Counter
from dataclasses import dataclass

import pytest
import trueloop

from honest_crawl.crawl import Crawl
from honest_crawl.frontier import Limits
from honest_crawl.ledger import Entry, Fate, Ledger
from honest_crawl.pages import PAGES, answer
from honest_crawl.site import Site, hostile_site

EXPECTED = {
    "/": (Fate.FETCHED, ""),
    "/robots.txt": (Fate.FETCHED, ""),
    "/good": (Fate.FETCHED, ""),
    "/good/too": (Fate.FETCHED, ""),
    "/?q=front&page=2": (Fate.FETCHED, ""),
    "/elsewhere": (Fate.FETCHED, ""),
    "/missing": (Fate.FAILED, "404 Not Found"),
    "/private/diary": (Fate.REFUSED, "forbidden by robots.txt"),
    "/error/403": (Fate.REFUSED, "403 Forbidden"),
    "/error/429": (Fate.REFUSED, "429 Too Many Requests"),
    "/error/500": (Fate.FAILED, "500 Internal Server Error"),
    "/error/503": (Fate.FAILED, "503 Service Unavailable"),
    "/slow/1": (Fate.FETCHED, ""),
    "/slow/2": (Fate.FETCHED, ""),
    "/slow/3": (Fate.FETCHED, ""),
    "/hang": (Fate.TIMED_OUT, "no complete answer in 5 s"),
    "/hang/head": (Fate.TIMED_OUT, "no complete answer in 5 s"),
    "/hang/body": (Fate.TIMED_OUT, "no complete answer in 5 s"),
    "/drip": (Fate.TIMED_OUT, "no complete answer in 5 s"),
    "/reset": (Fate.FAILED, "Connection reset by peer"),
    "/reset/body": (Fate.FAILED, "Connection reset by peer"),
    "/close": (Fate.FAILED, None),  # None: in the words of the HTTP library
    "/close/body": (Fate.FAILED, None),
    "/garbage": (Fate.FAILED, None),
    "/garbage/chunks": (Fate.FAILED, None),
    "/garbage/gzip": (Fate.FAILED, None),
    "/endless/head": (Fate.FAILED, None),
    "/endless/body": (Fate.OVER_LIMIT, "body larger than 1 MiB"),
    "/bomb": (Fate.OVER_LIMIT, "body larger than 1 MiB"),
    "/bomb/nested": (Fate.OVER_LIMIT, "body larger than 1 MiB"),
    "/loop/a": (Fate.REDIRECTED, "302 Found"),
    "/loop/b": (Fate.REDIRECTED, "302 Found"),
    "/loop/self": (Fate.REDIRECTED, "302 Found"),
    "/redirect/home": (Fate.REDIRECTED, "301 Moved"),
    "/redirect/away": (Fate.REDIRECTED, "301 Moved"),
    "/redirect/nowhere": (Fate.FAILED, "301 Moved without a location"),
    "/maze/0": (Fate.REDIRECTED, "307 Temporary Redirect"),
    "/maze/3": (Fate.REDIRECTED, "307 Temporary Redirect"),
    "/maze/4": (Fate.OVER_LIMIT, "more than 3 redirects in a row"),
    "/type/image": (Fate.FETCHED, "not HTML but image/png"),
    "/type/none": (Fate.FETCHED, "not HTML but of no type"),
    "/type/lie": (Fate.FETCHED, ""),
    "/type/charset": (Fate.FETCHED, ""),
    "/html/broken": (Fate.FETCHED, ""),
    "/html/broken/1": (Fate.FETCHED, ""),
    "/html/broken/2": (Fate.FETCHED, ""),
    "/html/broken/3": (Fate.FETCHED, ""),
    "/html/broken/4": (Fate.FETCHED, ""),
    "/html/large": (Fate.FETCHED, ""),
    "/html/deep": (Fate.OVER_LIMIT, "HTML nested too deep"),
    "/calendar/2026/1": (Fate.FETCHED, ""),
}
FOREIGN = {
    "mailto:nobody@example.org": (Fate.OUT_OF_SCOPE, "mailto link"),
    "javascript:void(0)": (Fate.OUT_OF_SCOPE, "javascript link"),
    "http://elsewhere.example/": (Fate.OUT_OF_SCOPE, "another host"),
    "http://elsewhere.example/moved": (Fate.OUT_OF_SCOPE, "another host"),
    "http://[::1": (Fate.FAILED, "not a URL"),
}


@dataclass
class Demo:
    """A finished crawl of the hostile site, as both sides saw it."""

    ledger: Ledger
    site: Site
    entries: dict[str, Entry]  # by path, or by URL on other hosts


@pytest.fixture(scope="module")
def demo() -> Demo:
    async def crawl() -> Demo:
        ledger = Ledger()
        # Patient, so that what is in time is so on a busy machine too; and with room for all pages
        # within the depth, so that which of them are let in does not depend on who answers first.
        limits = Limits(pages=1000, depth=3, hops=3)
        async with hostile_site(answer) as site:
            await Crawl(site.url, ledger, limits, proxies=False).run()
        root = site.url.rstrip("/")
        return Demo(ledger, site, {e.url.removeprefix(root): e for e in ledger.entries})

    return trueloop.run(crawl())


@pytest.mark.parametrize("path", EXPECTED)
def test_each_hostile_page_gets_its_fate(demo: Demo, path: str) -> None:
    fate, reason = EXPECTED[path]
    entry = demo.entries[path]
    assert entry.fate is fate
    assert entry.reason == reason or (reason is None and entry.reason)


@pytest.mark.parametrize("url", FOREIGN)
def test_what_leads_elsewhere_is_named_but_not_asked(demo: Demo, url: str) -> None:
    assert (demo.entries[url].fate, demo.entries[url].reason) == FOREIGN[url]


def test_every_page_of_the_site_is_expected(demo: Demo) -> None:
    pages = {path.partition("#")[0] for path in PAGES if path == "/" or not path.endswith("/")}
    assert pages <= EXPECTED.keys()


def test_the_account_adds_up(demo: Demo) -> None:
    demo.ledger.audit()
    assert sum(demo.ledger.total(fate) for fate in Fate) == demo.ledger.seen
    assert demo.ledger.total(Fate.CANCELLED) == demo.ledger.total(Fate.NOT_REACHED) == 0


def test_a_dead_address_refuses_and_so_does_its_robots_txt(demo: Demo) -> None:
    dead = demo.site.dead_url
    for url in (dead, f"{dead}robots.txt"):
        assert (demo.entries[url].fate, demo.entries[url].reason) == (
            Fate.REFUSED,
            "connection refused",
        )


def test_the_server_was_asked_for_exactly_what_the_ledger_says_was_visited(demo: Demo) -> None:
    visited = {
        path
        for path, entry in demo.entries.items()
        if path.startswith("/") and entry.request_id and entry.reason != "forbidden by robots.txt"
    }
    assert demo.site.asked == Counter(visited)  # each of them once


def test_the_calendar_is_cut_off_and_the_rest_of_it_named(demo: Demo) -> None:
    days = [entry for path, entry in demo.entries.items() if path.startswith("/calendar/")]
    assert {Fate.FETCHED, Fate.OVER_LIMIT} == {entry.fate for entry in days}


def test_what_is_no_html_is_not_searched_for_links(demo: Demo) -> None:
    assert "/never/seen" not in demo.entries


def test_the_site_is_left_without_a_connection(demo: Demo) -> None:
    assert demo.site.connections == 0


def test_stop_cancels_what_runs_and_accounts_for_it() -> None:
    async def crawl() -> None:
        ledger = Ledger()
        async with hostile_site(answer) as site:
            crawl = Crawl(site.url, ledger, Limits(concurrency=1), proxies=False)
            running = asyncio.create_task(crawl.run())
            async with asyncio.timeout(30):
                await site.hanging.wait()
            crawl.stop("stopped by the test")
            crawl.stop("stopped by the test")
            await running
            assert not running.cancelled()
        ledger.audit()
        hang = next(entry for entry in ledger.entries if entry.url.endswith("/hang"))
        assert (hang.fate, hang.reason) == (Fate.CANCELLED, "stopped by the test")
        unreached = [entry.reason for entry in ledger.entries if entry.fate is Fate.NOT_REACHED]
        assert {*unreached} == {"stopped by the test"}

    trueloop.run(crawl())


def test_stop_before_the_start_reaches_nothing() -> None:
    async def crawl() -> None:
        ledger = Ledger()
        async with hostile_site(answer) as site:
            crawl = Crawl(site.url, ledger, Limits(), proxies=False)
            crawl.stop("too late")
            await crawl.run()
            assert not site.asked
        ledger.audit()
        assert [entry.fate for entry in ledger.entries] == [Fate.NOT_REACHED]

    trueloop.run(crawl())


def test_a_crawl_that_is_cancelled_from_outside_still_accounts() -> None:
    async def crawl() -> None:
        ledger = Ledger()
        async with hostile_site(answer) as site:
            running = asyncio.create_task(Crawl(site.url, ledger, Limits(), proxies=False).run())
            async with asyncio.timeout(30):
                await site.hanging.wait()
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        ledger.audit()
        assert ledger.total(Fate.CANCELLED) >= 1

    trueloop.run(crawl())
