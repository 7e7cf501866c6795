"""The count of all references of the process stays level, on a CPython that counts them."""

import asyncio
import gc
import sys

import pytest

import trueloop
from tests.faults.scenarios import all_scenarios

pytestmark = pytest.mark.skipif(
    not hasattr(sys, "gettotalrefcount"), reason="this CPython does not count all references"
)
SCENARIOS = all_scenarios()


def count():
    for _ in range(3):
        gc.collect()
    return sys.gettotalrefcount()


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_reference_stays_behind(name):
    def window():
        for _ in range(5):
            with asyncio.Runner(loop_factory=trueloop.new_event_loop) as runner:
                runner.run(SCENARIOS[name]())
        return count()

    window()
    before = window()
    grown = []
    while len(grown) < 6 and (not grown or grown[-1] > 4):  # what leaks, leaks in each window
        after = window()
        grown.append(after - before)
        before = after
    assert grown[-1] <= 4, f"references more after each five runs: {grown}"
