"""The lab, part (a): a request that runs out of time is cancelled cleanly, on both ends."""

import asyncio

import pytest
import trueloop

from honest_crawl.fetch import Outcome, fetch, open_client
from honest_crawl.ledger import Fate
from honest_crawl.pages import answer
from honest_crawl.site import hostile_site

GENEROUS_S = 30.0


@pytest.mark.parametrize("path", ["hang", "hang/head", "hang/body", "drip"])
def test_a_timeout_closes_the_connection_and_gives_the_slot_back(path: str) -> None:
    async def lab() -> None:
        async with hostile_site(answer) as site, open_client(1, proxies=False) as client:
            late = await fetch(client, site.url + path, timeout_s=0.3, body_bytes=1000)
            assert late == Outcome(Fate.TIMED_OUT, "no complete answer in 0.3 s")
            async with asyncio.timeout(GENEROUS_S):
                await site.hung_up.wait()  # the server has seen the connection close
            assert site.hang_ups == {f"/{path}": 1}
            # The pool has room for one connection only, so this needs the slot of the other.
            good = await fetch(client, site.url + "good", timeout_s=GENEROUS_S, body_bytes=1000)
            assert good.fate is Fate.FETCHED
            assert site.connections == 1

    trueloop.run(lab())


def test_a_cancelled_request_closes_the_connection_and_stays_cancelled() -> None:
    async def lab() -> None:
        async with hostile_site(answer) as site, open_client(1, proxies=False) as client:
            url = site.url + "hang"
            request = asyncio.create_task(fetch(client, url, timeout_s=GENEROUS_S, body_bytes=1000))
            async with asyncio.timeout(GENEROUS_S):
                await site.hanging.wait()
                request.cancel("enough")
                with pytest.raises(asyncio.CancelledError):
                    await request
                await site.hung_up.wait()
            assert request.cancelled()

    trueloop.run(lab())


@pytest.mark.parametrize(
    ("path", "fate", "reason"),
    [
        ("bomb", Fate.OVER_LIMIT, "body larger than 1 MiB"),
        ("bomb/nested", Fate.OVER_LIMIT, "body larger than 1 MiB"),
        ("endless/body", Fate.OVER_LIMIT, "body larger than 1 MiB"),
        ("redirect/nowhere", Fate.FAILED, "301 Moved without a location"),
        ("error/429", Fate.REFUSED, "429 Too Many Requests"),
        ("reset", Fate.FAILED, "Connection reset by peer"),
        ("reset/body", Fate.FAILED, "Connection reset by peer"),
    ],
)
def test_what_a_server_does_is_an_outcome(path: str, fate: Fate, reason: str) -> None:
    async def ask() -> None:
        async with hostile_site(answer) as site, open_client(1, proxies=False) as client:
            outcome = await fetch(client, site.url + path, timeout_s=GENEROUS_S, body_bytes=2**20)
            assert (outcome.fate, outcome.reason, outcome.body) == (fate, reason, b"")
            # The bomb was put out after a piece or two, not after its 64 MiB.
            assert outcome.size_bytes <= 3 * 2**20

    trueloop.run(ask())


def test_an_address_where_nobody_listens_refuses() -> None:
    async def ask() -> None:
        async with hostile_site(answer) as site, open_client(1, proxies=False) as client:
            outcome = await fetch(client, site.dead_url, timeout_s=GENEROUS_S, body_bytes=1000)
            assert outcome == Outcome(Fate.REFUSED, "connection refused")

    trueloop.run(ask())


@pytest.mark.parametrize("url", ["http://", "http://\x00/", "gopher://example.org/"])
def test_what_is_no_web_address_fails(url: str) -> None:
    async def ask() -> None:
        async with open_client(1, proxies=False) as client:
            outcome = await fetch(client, url, timeout_s=GENEROUS_S, body_bytes=1000)
            assert outcome.fate is Fate.FAILED
            assert outcome.reason

    trueloop.run(ask())
