"""Each URL has exactly one fate and the totals add up, whatever is done in whatever order."""

from collections import Counter

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from honest_crawl.ledger import AccountError, Entry, Fate, Ledger

URLS = st.sampled_from([f"http://example.org/{number}" for number in range(8)])


class LedgerAgainstModel(RuleBasedStateMachine):
    """The ledger against two plain dicts: url -> begun, url -> fate."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger()
        self.entries: dict[str, Entry] = {}
        self.begun: set[str] = set()
        self.fates: dict[str, Fate] = {}

    @rule(url=URLS)
    def enter(self, url: str) -> None:
        entry = self.ledger.enter(url)
        assert (entry is None) == (url in self.entries)
        if entry is not None:
            self.entries[url] = entry

    @rule(url=URLS)
    def begin(self, url: str) -> None:
        if url not in self.entries:
            return
        if url in self.begun or url in self.fates:
            with pytest.raises(AccountError, match=r"^.* is to be visited a second time\.$"):
                self.ledger.begin(self.entries[url], "r1")
            return
        self.ledger.begin(self.entries[url], "r1")
        self.begun.add(url)

    @rule(url=URLS, fate=st.sampled_from(Fate))
    def settle(self, url: str, fate: Fate) -> None:
        if url not in self.entries:
            with pytest.raises(AccountError, match=r"^.* was never entered\.$"):
                self.ledger.settle(Entry(url), fate)
        elif url in self.fates:
            with pytest.raises(AccountError, match=r"^.* was already .* and is now to be .*\.$"):
                self.ledger.settle(self.entries[url], fate)
        else:
            self.ledger.settle(self.entries[url], fate)
            self.fates[url] = fate

    @rule()
    def close(self) -> None:
        self.ledger.close("the end")
        for url in self.entries.keys() - self.fates.keys():
            self.fates[url] = Fate.CANCELLED if url in self.begun else Fate.NOT_REACHED
        self.ledger.audit()

    @invariant()
    def totals_add_up(self) -> None:
        counts = Counter(self.fates.values())
        assert {entry.url: entry.fate for entry in self.ledger.entries} == {
            url: self.fates.get(url) for url in self.entries
        }
        assert [self.ledger.total(fate) for fate in Fate] == [counts[fate] for fate in Fate]
        assert self.ledger.seen == len(self.entries)
        assert self.ledger.open == len(self.entries) - len(self.fates)


TestLedgerAgainstModel = LedgerAgainstModel.TestCase


def test_audit_finds_an_open_url() -> None:
    ledger = Ledger()
    ledger.enter("http://example.org/")
    with pytest.raises(AccountError, match=r"^1 of 1 URLs have no fate\.$"):
        ledger.audit()


def test_audit_finds_a_fate_that_bypassed_the_ledger() -> None:
    ledger = Ledger()
    entry = ledger.enter("http://example.org/")
    assert entry is not None
    ledger.settle(entry, Fate.FETCHED)
    entry.fate = Fate.FAILED
    with pytest.raises(AccountError, match=r"^The totals are .*, but the entries give .*\.$"):
        ledger.audit()
