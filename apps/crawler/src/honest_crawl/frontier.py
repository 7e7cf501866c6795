"""Owns which URLs are let in and in what order they are visited. Knows nothing of HTTP.

Back-pressure without deadlock
------------------------------
A crawler's workers take URLs from the queue that they themselves fill. If they wait for room in it,
then one day all of them wait with a link in hand, and nobody is left to take. Here no worker ever
waits for room:

* A worker *offers* links. They are written into the ledger, which must remember every URL anyway,
  and offering never waits for another task.
* One feeder walks along the ledger and puts what was let in into a bounded window. Only the feeder
  waits for room, and it holds nothing that a worker waits for.

The feeder waits when the window is full, a worker when it is empty. It cannot be both, so there is
no cycle of waits. What the ledger holds is itself bounded: `Limits.pages` visits of at most
`Limits.body_bytes` each.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from honest_crawl.address import host_of, resolve, scheme_of
from honest_crawl.ledger import Entry, Fate, Ledger

__all__ = ["Frontier", "Limits"]

_URL_CHARACTERS = 2000  # a trap grows its URLs until something breaks
_OFFERED_AT_ONCE = 200  # links between two looks at the loop: some 2 ms


@dataclass(frozen=True, slots=True)
class Limits:
    """All that bounds a crawl."""

    pages: int = 200  # URLs visited
    depth: int = 5  # links from the start
    hops: int = 10  # redirects in a row
    body_bytes: int = 2**20  # of one body, decoded
    concurrency: int = 8  # requests at a time
    timeout_s: float = 5.0  # for one request, from connecting to the last byte


class Frontier:
    """The URLs that were let in and not yet visited."""

    def __init__(self, ledger: Ledger, limits: Limits, start: str) -> None:
        self._ledger = ledger
        self._limits = limits
        self._host = host_of(start)
        self._let_in = 0
        self._window: asyncio.Queue[Entry | None] = asyncio.Queue(maxsize=2 * limits.concurrency)
        self._changed = asyncio.Event()  # something was offered, or a visit has ended
        self._admit(start, found_on=None, depth=0, hops=0)

    async def offer(self, links: Iterable[str], found_by: Entry) -> int:
        """Enter the links of a page into the ledger; return how many there were.

        Takes a long list in short steps, so that a page of links does not hold the loop.
        """
        count = 0
        for count, link in enumerate(links, start=1):
            self._admit(link, found_on=found_by.url, depth=found_by.depth + 1, hops=0)
            if count % _OFFERED_AT_ONCE == 0:
                await asyncio.sleep(0)
        self._changed.set()
        return count

    def offer_redirect(self, target: str, found_by: Entry) -> None:
        """Enter the target of a redirect: as deep as its origin, one hop further."""
        self._admit(target, found_on=found_by.url, depth=found_by.depth, hops=found_by.hops + 1)
        self._changed.set()

    async def take(self) -> Entry | None:
        """The next URL to visit, as soon as there is one; None when there will be no more."""
        return await self._window.get()

    def visit_ended(self) -> None:
        """To be called when an entry from `take` has been settled."""
        self._changed.set()

    async def feed(self, takers: int) -> None:
        """Fill the window until nothing is open, then tell each of the `takers` so."""
        fed = 0
        while self._ledger.open:
            self._changed.clear()
            while fed < self._ledger.seen:
                entry = self._ledger.entries[fed]
                fed += 1
                if entry.fate is None and entry.request_id is None:
                    await self._window.put(entry)
            if self._ledger.open:
                await self._changed.wait()
        for _ in range(takers):
            await self._window.put(None)

    def _admit(self, link: str, *, found_on: str | None, depth: int, hops: int) -> None:
        """Enter one link and, if it may not be visited, settle it at once."""
        try:
            url, refusal = resolve(link, found_on or ""), None
        except ValueError:
            url, refusal = link, (Fate.FAILED, "not a URL")
        entry = self._ledger.enter(url, found_on=found_on, depth=depth, hops=hops)
        if entry is None:
            return
        refusal = refusal or self._refusal(entry)
        if refusal is None:
            self._let_in += 1
        else:
            self._ledger.settle(entry, *refusal)

    def _refusal(self, entry: Entry) -> tuple[Fate, str] | None:
        scheme = scheme_of(entry.url)
        if scheme not in ("http", "https"):
            return Fate.OUT_OF_SCOPE, f"{scheme or 'no'} link"
        if host_of(entry.url) != self._host:
            return Fate.OUT_OF_SCOPE, "another host"
        if len(entry.url) > _URL_CHARACTERS:
            return Fate.OVER_LIMIT, f"URL longer than {_URL_CHARACTERS} characters"
        if entry.hops > self._limits.hops:
            return Fate.OVER_LIMIT, f"more than {self._limits.hops} redirects in a row"
        if entry.depth > self._limits.depth:
            return Fate.OVER_LIMIT, f"more than {self._limits.depth} links from the start"
        if self._let_in >= self._limits.pages:
            return Fate.OVER_LIMIT, f"more than {self._limits.pages} pages"
        return None
