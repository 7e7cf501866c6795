"""Random stalls of every kind on a real loop: each is located, and on the right line."""

import pytest

import trueloop
from tests.diagnostics.stalls import KINDS, Trial, lines_of_kinds


def test_every_kind_of_stall_says_which_lines_may_be_blamed():
    assert all(lines_of_kinds().values())


@pytest.mark.parametrize("seed", [1, 2])
def test_every_random_stall_is_located_on_its_line(seed):
    trial = Trial(slow_s=0.05, seed=seed)
    trueloop.run(trial.run(20))
    assert trial.wrong == []
    # On a machine that is itself too slow nothing is claimed; some always come through.
    assert sum(trial.outcomes[kind, "located"] for kind in KINDS) > 0
