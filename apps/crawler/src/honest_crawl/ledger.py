"""Owns the account of the crawl: every URL ever seen, and how it ended.

Law: each URL is entered once; each entry is settled once, with exactly one fate; nothing is ever
removed. So the totals of all fates, and what is still open, always add up to what was seen. The
ledger knows no policy (what is in scope, what is too much) and never makes anyone wait.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["AccountError", "Entry", "Fate", "Ledger"]


class Fate(StrEnum):
    """How a URL ended. There is no tenth way."""

    FETCHED = "fetched"
    REDIRECTED = "redirected"
    TIMED_OUT = "timed out"
    REFUSED = "refused"
    FAILED = "failed"
    OUT_OF_SCOPE = "out of scope"
    OVER_LIMIT = "over a limit"
    CANCELLED = "cancelled"
    NOT_REACHED = "not reached"


class AccountError(Exception):
    """The ledger was used against its law, or does not add up: a bug in the crawler."""


@dataclass(slots=True, eq=False)
class Entry:
    """One URL of the account. Only the ledger writes `fate` and `reason`."""

    url: str
    found_on: str | None = None  # the page that named it first; None for the start
    depth: int = 0  # links from the start to here
    hops: int = 0  # redirects in a row that led here
    request_id: str | None = None  # set when its visit begins
    fate: Fate | None = None
    reason: str = ""
    status: int | None = None  # of the HTTP answer, if there was one
    size_bytes: int = 0  # of the body, decoded, as far as it was read
    links: int = 0  # that its page named
    duration_s: float = 0.0  # of the visit


class Ledger:
    """The account of one crawl, in the order in which the URLs were seen."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._by_url: dict[str, Entry] = {}
        self._totals: Counter[Fate] = Counter()

    def enter(
        self, url: str, *, found_on: str | None = None, depth: int = 0, hops: int = 0
    ) -> Entry | None:
        """Enter a URL that is seen for the first time; None if it was entered before."""
        if url in self._by_url:
            return None
        entry = Entry(url, found_on=found_on, depth=depth, hops=hops)
        self.entries.append(entry)
        self._by_url[url] = entry
        return entry

    def begin(self, entry: Entry, request_id: str) -> None:
        """Note that the visit of `entry` begins.

        Raises:
            AccountError: it has begun before, or is settled.
        """
        if entry.request_id is not None or entry.fate is not None:
            raise AccountError(f"{entry.url} is to be visited a second time.")
        entry.request_id = request_id

    def settle(self, entry: Entry, fate: Fate, reason: str = "") -> None:
        """Give `entry` its fate.

        Raises:
            AccountError: it has one already, or it is not an entry of this ledger.
        """
        if self._by_url.get(entry.url) is not entry:
            raise AccountError(f"{entry.url} was never entered.")
        if entry.fate is not None:
            raise AccountError(f"{entry.url} was already {entry.fate} and is now to be {fate}.")
        entry.fate = fate
        entry.reason = reason
        self._totals[fate] += 1

    def close(self, reason: str) -> None:
        """Settle all that is open: cancelled if its visit had begun, else not reached."""
        for entry in self.entries:
            if entry.fate is None:
                begun = entry.request_id is not None
                self.settle(entry, Fate.CANCELLED if begun else Fate.NOT_REACHED, reason)

    @property
    def seen(self) -> int:
        """How many URLs were ever seen."""
        return len(self.entries)

    @property
    def open(self) -> int:
        """How many of them have no fate yet."""
        return self.seen - self._totals.total()

    def total(self, fate: Fate) -> int:
        """How many URLs ended so."""
        return self._totals[fate]

    def audit(self) -> None:
        """Count everything again, from the entries alone.

        Raises:
            AccountError: a URL is open or listed twice, or a running total is wrong.
        """
        if self.open:
            raise AccountError(f"{self.open} of {self.seen} URLs have no fate.")
        if len({entry.url for entry in self.entries}) != self.seen:
            raise AccountError("A URL is listed twice.")
        recount = Counter(entry.fate for entry in self.entries)
        if any(recount[fate] != self._totals[fate] for fate in Fate):
            raise AccountError(f"The totals are {self._totals}, but the entries give {recount}.")
