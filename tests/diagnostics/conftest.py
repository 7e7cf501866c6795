"""What the tests of diagnostics share: a place to collect findings, and findings made by hand."""

import gc
import sys
from pathlib import Path

import pytest

import trueloop
from trueloop import diagnostics, primitives
from trueloop.diagnostics import Finding, Place, Severity


@pytest.fixture
def collected():
    """Findings of this process, in the order in which they are told; earlier ones forgotten.

    What earlier tests have left is kept from the collector for good: after thousands of them one
    collection takes so long that it is a blocked loop.
    """
    found: list[Finding] = []
    gc.collect()
    gc.freeze()
    diagnostics.ledger.clear()
    diagnostics.add_sink(found.append)
    yield found
    diagnostics.remove_sink(found.append)
    diagnostics.ledger.clear()


@pytest.fixture(params=[False, True], ids=["asyncio's", "native"])
def accelerated(request):
    """Twice: with asyncio's primitives, and with the native ones under their names."""
    originals = {id(original) for original in primitives.ORIGINALS.values()}
    replaced = [
        (module, name, value)
        for module_name, module in list(sys.modules.items())
        if module_name.partition(".")[0] == "asyncio"
        for name, value in list(vars(module).items())
        if id(value) in originals
    ]
    if request.param:
        trueloop.accelerate()
    yield request.param
    for module, name, value in replaced:
        setattr(module, name, value)


@pytest.fixture
def make_finding():
    """make_finding(kind, line): a finding in app/jobs.py."""

    def make_finding(kind="blocked-loop", line=7, **changes):
        fields = {
            "kind": kind,
            "severity": Severity.ERROR,
            "message": "it happened",
            "hint": "Do not let it happen.",
            "time": 1_700_000_000.0,
            "where": Place("/srv/app/jobs.py", line, "Jobs.run"),
        }
        return Finding(**fields | changes)

    return make_finding


# Tests that really block a loop and ask what the watch saw. A machine that holds the watch up
# itself makes it say nothing, as it should; such a test then gets another chance.
RACING = ("test_watch_", "test_cases", "test_blocked_loop", "test_pages")


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(item.path).name.startswith(RACING):
            item.add_marker(pytest.mark.flaky(reruns=3))
