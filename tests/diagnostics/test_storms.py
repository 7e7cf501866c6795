"""Small storms; `python -m tests.diagnostics.storms` raises them at full size."""

import pytest

from tests.diagnostics.storms import NAMES, run, why_not

SCALE = 1 / 200


@pytest.mark.parametrize("name", NAMES)
def test_storm_ends_with_what_it_must_be_told_of_and_nothing_else(name):
    if why_not(name):
        pytest.skip(why_not(name))
    _, faults = run(name, SCALE)
    assert faults == ""
