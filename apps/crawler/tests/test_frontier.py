"""The frontier lets in what it should, ends, and cannot deadlock on the queue its workers fill."""

import asyncio

import pytest
import trueloop
from hypothesis import given
from hypothesis import strategies as st

from honest_crawl.frontier import Frontier, Limits
from honest_crawl.ledger import Fate, Ledger

START = "http://example.org/"
Web = dict[int, list[int]]


def url_of(page: int) -> str:
    return f"{START}{page or ''}"


async def walk(web: Web, limits: Limits) -> Ledger:
    """Visit a web of numbered pages, beginning with 0, as the crawl does but without a network."""
    ledger = Ledger()
    frontier = Frontier(ledger, limits, START)

    async def work() -> None:
        while (entry := await frontier.take()) is not None:
            ledger.begin(entry, "r1")
            page = int(entry.url.removeprefix(START) or 0)
            await asyncio.sleep(0)
            await frontier.offer([url_of(link) for link in web.get(page, [])], entry)
            ledger.settle(entry, Fate.FETCHED)
            frontier.visit_ended()

    async with asyncio.TaskGroup() as group:
        group.create_task(frontier.feed(3))
        for _ in range(3):
            group.create_task(work())
    ledger.audit()
    return ledger


def reachable(web: Web) -> set[int]:
    seen, todo = {0}, [0]
    while todo:
        fresh = set(web.get(todo.pop(), [])) - seen
        seen |= fresh
        todo += fresh
    return seen


@given(
    web=st.dictionaries(st.integers(0, 60), st.lists(st.integers(0, 60), max_size=40)),
    concurrency=st.integers(1, 3),
)
def test_every_reachable_page_is_visited_once_and_the_walk_ends(web: Web, concurrency: int) -> None:
    limits = Limits(pages=1000, depth=1000, concurrency=concurrency)
    ledger = asyncio.run(walk(web, limits))
    assert {entry.url for entry in ledger.entries} == {url_of(page) for page in reachable(web)}
    assert ledger.total(Fate.FETCHED) == ledger.seen


def test_a_page_of_more_links_than_the_window_holds_blocks_nobody() -> None:
    crowded = {page: list(range(200)) for page in range(200)}
    ledger = trueloop.run(walk(crowded, Limits(pages=200, concurrency=1)))
    assert ledger.total(Fate.FETCHED) == 200


def test_no_more_than_the_allowed_pages_are_let_in() -> None:
    ledger = trueloop.run(
        walk({page: [page + 1] for page in range(50)}, Limits(pages=7, depth=1000))
    )
    assert [ledger.total(Fate.FETCHED), ledger.total(Fate.OVER_LIMIT)] == [7, 1]


@pytest.mark.parametrize(
    ("link", "fate", "reason"),
    [
        ("mailto:nobody@example.org", Fate.OUT_OF_SCOPE, "mailto link"),
        ("https://elsewhere.example/", Fate.OUT_OF_SCOPE, "another host"),
        ("http://[::1", Fate.FAILED, "not a URL"),
        ("/" + "x" * 2000, Fate.OVER_LIMIT, "URL longer than 2000 characters"),
    ],
)
def test_what_is_not_let_in_is_settled_at_once(link: str, fate: Fate, reason: str) -> None:
    async def offer() -> None:
        ledger = Ledger()
        frontier = Frontier(ledger, Limits(), START)
        await frontier.offer([link], ledger.entries[0])
        assert (ledger.entries[1].fate, ledger.entries[1].reason) == (fate, reason)

    trueloop.run(offer())


def test_another_port_or_scheme_of_the_host_is_in_scope() -> None:
    async def offer() -> None:
        ledger = Ledger()
        frontier = Frontier(ledger, Limits(), START)
        links = ["https://example.org/", "http://example.org:8080/"]
        await frontier.offer(links, ledger.entries[0])
        assert [entry.fate for entry in ledger.entries] == [None, None, None]

    trueloop.run(offer())


def test_depth_and_redirects_are_bounded() -> None:
    async def offer() -> None:
        ledger = Ledger()
        frontier = Frontier(ledger, Limits(depth=1, hops=1), START)
        frontier.offer_redirect("/hop/1", ledger.entries[0])
        frontier.offer_redirect("/hop/2", ledger.entries[1])
        await frontier.offer(["/link/1"], ledger.entries[1])
        await frontier.offer(["/link/2"], ledger.entries[3])
        assert [entry.reason for entry in ledger.entries] == [
            "",
            "",
            "more than 1 redirects in a row",
            "",
            "more than 1 links from the start",
        ]

    trueloop.run(offer())
