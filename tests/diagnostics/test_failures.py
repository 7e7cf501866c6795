"""Failures are remembered weakly, and no longer than anybody might read them."""

import gc
import weakref

from trueloop.diagnostics.failures import Failures
from trueloop.diagnostics.places import Place

PLACE = Place("/srv/app/main.py", 3, "main")


class Failed:
    """Stands for a future that has failed."""

    reads = 0


def test_what_was_known_is_given_back():
    failures, future = Failures(), Failed()

    failures.add(future, PLACE, False, 2)
    failures.drop(future, "gather")

    noted = failures.of(future)
    assert (noted.place, noted.is_internal, noted.depth) == (PLACE, False, 2)
    assert noted.dropped_by == "gather"
    failures.forget(future)
    assert failures.of(future) is None


def test_unread_failures_are_those_that_live_and_were_not_read():
    failures = Failures()
    unread, read, dead = Failed(), Failed(), Failed()
    for future in (unread, read, dead):
        failures.add(future, None, False, 0)
    read.reads = 1
    del dead, future

    assert list(failures.unread()) == [unread]


def test_failures_keep_nothing_alive():
    failures, future = Failures(), Failed()
    failures.add(future, PLACE, False, 0)
    reference = weakref.ref(future)

    del future
    gc.collect()

    assert reference() is None


def test_number_of_entries_follows_the_living():
    failures = Failures()
    kept = [Failed() for _ in range(10)]
    for future in kept:
        failures.add(future, None, False, 0)

    for _ in range(50):
        crowd = [Failed() for _ in range(200)]
        for future in crowd:
            failures.add(future, None, False, 0)
        for future in crowd[::2]:
            future.reads = 1
        del crowd, future

    assert len(failures._by_id) <= 1000
    assert set(failures.unread()) >= set(kept)
