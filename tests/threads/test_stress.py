"""A short run of the stress; the long one is `python -m tests.threads.stress`."""

import pytest

from tests.threads.stress import stress


@pytest.mark.timeout(170)  # without a GIL, on a machine that has other things to do
@pytest.mark.parametrize("seed", [1, 2])
def test_calls_from_other_threads_end_as_they_must(seed):
    assert stress(10_000, seed=seed) == []
