"""A loop that cannot be made: an error for who asked for it, and nothing left."""

import errno
import gc
import os
import resource

import pytest

import trueloop


@pytest.fixture
def allow_descriptors():
    """allow_descriptors(n): from now on only so many more can be opened; or None: any number."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def allow(more):
        free = 0
        taken = set(os.listdir("/proc/self/fd"))
        while more is not None and more >= 0:
            more -= str(free) not in taken
            free += 1
        limit = before[0] if more is None else free - 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))

    yield allow
    allow(None)


def test_too_few_descriptors_are_an_error_and_nothing_stays_open(allow_descriptors, recwarn):
    trueloop.new_event_loop().close()  # what a first loop opens for the process stays
    open_before = len(os.listdir("/proc/self/fd"))
    errors = []
    for more in range(20):
        allow_descriptors(more)
        try:
            loop = trueloop.new_event_loop()
        except OSError as error:
            errors.append(error.errno)
        else:
            loop.close()
            break
        finally:
            allow_descriptors(None)
            gc.collect()
        assert len(os.listdir("/proc/self/fd")) == open_before
    assert len(errors) >= 3
    assert set(errors) == {errno.EMFILE}
    assert not recwarn.list
