"""Owns what each origin's robots.txt allows. It is asked once, before the first visit there.

A robots.txt is a URL like any other, so it is entered into the ledger and gets its fate. What
cannot be fetched forbids nothing: the visit itself will show what is wrong.
"""

import asyncio
from collections import defaultdict
from urllib.robotparser import RobotFileParser

from honest_crawl.address import origin_of
from honest_crawl.fetch import USER_AGENT, Ask
from honest_crawl.ledger import Entry, Fate, Ledger
from honest_crawl.logs import current_request

__all__ = ["Robots"]


class Robots:
    """The rules of all origins met so far."""

    def __init__(self, ledger: Ledger, ask: Ask) -> None:
        self._ledger = ledger
        self._ask = ask
        self._rules: dict[str, RobotFileParser] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def allow(self, entry: Entry) -> bool:
        """Whether `entry` may be visited."""
        origin = origin_of(entry.url)
        if entry.url == f"{origin}/robots.txt":
            return True
        async with self._asking[origin]:
            if origin not in self._rules:
                self._rules[origin] = await self._learn(origin)
        return self._rules[origin].can_fetch(USER_AGENT, entry.url)

    async def _learn(self, origin: str) -> RobotFileParser:
        url = f"{origin}/robots.txt"
        entry = self._ledger.enter(url)  # None: a page has named it, and it is a visit of its own
        if entry is not None:
            self._ledger.begin(entry, current_request.get() or "robots")
        outcome = await self._ask(url)
        text = outcome.body.decode("utf-8", "replace") if outcome.fate is Fate.FETCHED else ""
        rules = RobotFileParser()
        await asyncio.to_thread(rules.parse, text.splitlines())
        if entry is not None:
            entry.status, entry.size_bytes = outcome.status, outcome.size_bytes
            self._ledger.settle(entry, outcome.fate, outcome.reason)
        return rules
