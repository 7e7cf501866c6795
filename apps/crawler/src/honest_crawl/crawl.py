"""Owns one crawl: joins frontier, fetch, robots, parser in a task group; stops it gracefully.

Law: whatever ends the crawl, every URL in the ledger has its fate afterwards. A worker settles what
it visits; what is open when the group has ended was cancelled or not reached, and `Ledger.close`
says so.
"""

import asyncio
import time
from functools import partial

import httpx2

from honest_crawl.fetch import Ask, Outcome, fetch, open_client
from honest_crawl.frontier import Frontier, Limits
from honest_crawl.inject import Injection
from honest_crawl.ledger import Entry, Fate, Ledger
from honest_crawl.logs import log, request
from honest_crawl.parse import Parser, TooDeepError
from honest_crawl.robots import Robots

__all__ = ["Crawl"]

_HTML = frozenset({"text/html", "application/xhtml+xml"})


class Crawl:
    """One crawl, from its start URL until nothing is left to visit or `stop` is called."""

    def __init__(
        self,
        start: str,
        ledger: Ledger,
        limits: Limits,
        *,
        proxies: bool = True,
        injection: Injection = Injection.NONE,
    ) -> None:
        self._ledger = ledger
        self._limits = limits
        self._proxies = proxies
        self._frontier = Frontier(ledger, limits, start)
        self._parser = Parser(injection)
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._tasks: list[asyncio.Task[None]] = []
        self._stopped_by: str | None = None

    async def run(self) -> None:
        """Crawl. Afterwards every URL of the ledger has its fate."""
        # Twice as many workers as requests: while one reads a page, another can use the network.
        workers = 2 * self._limits.concurrency
        try:
            async with (
                open_client(self._limits.concurrency, proxies=self._proxies) as client,
                asyncio.TaskGroup() as group,
            ):
                ask = partial(self._fetch, client)
                robots = Robots(self._ledger, ask)
                self._tasks.append(group.create_task(self._frontier.feed(workers)))
                for _ in range(workers):
                    self._tasks.append(group.create_task(self._work(ask, robots)))
                if self._stopped_by is not None:
                    self.stop(self._stopped_by)
        finally:
            self._ledger.close(self._stopped_by or "the crawl broke off")

    def stop(self, reason: str) -> None:
        """Cancel what is running; `run` then awaits it and accounts for it. May be called again.

        The members of a task group are cancelled, not the group: so it ends as usual, once all have
        ended, and no cancellation needs to be caught anywhere.
        """
        self._stopped_by = reason
        log.info("stopping", reason=reason)
        for task in self._tasks:
            task.cancel(reason)

    async def _work(self, ask: Ask, robots: Robots) -> None:
        while (entry := await self._frontier.take()) is not None:
            with request() as request_id:
                self._ledger.begin(entry, request_id)
                await self._visit(entry, ask, robots)
            self._frontier.visit_ended()

    async def _visit(self, entry: Entry, ask: Ask, robots: Robots) -> None:
        """Fetch one page, offer its links, settle it."""
        started = time.monotonic()
        log.info("visit", url=entry.url, depth=entry.depth)
        if not await robots.allow(entry):
            fate, reason = Fate.REFUSED, "forbidden by robots.txt"
        else:
            outcome = await ask(entry.url)
            entry.status, entry.size_bytes = outcome.status, outcome.size_bytes
            fate, reason = await self._follow(outcome, entry)
        entry.duration_s = time.monotonic() - started
        self._ledger.settle(entry, fate, reason)
        log.info("settled", url=entry.url, fate=fate, reason=reason, status=entry.status)

    async def _fetch(self, client: httpx2.AsyncClient, url: str) -> Outcome:
        async with self._slots:
            return await fetch(
                client, url, timeout_s=self._limits.timeout_s, body_bytes=self._limits.body_bytes
            )

    async def _follow(self, outcome: Outcome, entry: Entry) -> tuple[Fate, str]:
        """Offer what an answer leads to; return what is to be said of the answer itself."""
        if outcome.location is not None:
            self._frontier.offer_redirect(outcome.location, entry)
        elif outcome.fate is Fate.FETCHED and outcome.media_type in _HTML:
            try:
                async with asyncio.timeout(self._limits.timeout_s):
                    links = await self._parser.links(outcome.body, entry.url, outcome.charset)
            except TooDeepError:
                return Fate.OVER_LIMIT, "HTML nested too deep"
            except TimeoutError:  # the thread goes on, but what it can cost is bounded
                return Fate.TIMED_OUT, f"HTML not read in {self._limits.timeout_s:g} s"
            entry.links = await self._frontier.offer(links, entry)
        elif outcome.fate is Fate.FETCHED:
            return Fate.FETCHED, f"not HTML but {outcome.media_type or 'of no type'}"
        return outcome.fate, outcome.reason
