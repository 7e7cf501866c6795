"""Whether anybody asks a concurrent future for its outcome is noticed, and nothing else changes."""

import concurrent.futures
import contextlib
import gc
import threading

import pytest

from trueloop.diagnostics import threadsafe_futures


@pytest.fixture
def watched():
    """watched(): a future that is watched and then fails; and the list that says it went unread."""
    lost = []

    def watched(prepare=None):
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        if prepare is not None:
            prepare(future)
        threadsafe_futures.watch(future, lambda: lost.append("unread"))
        future.set_exception(ValueError("told"))
        return future

    watched.lost = lost
    yield watched
    threadsafe_futures.forget()


def test_dropped_future_is_unread(watched):
    watched()

    assert watched.lost == ["unread"]


@pytest.mark.parametrize(
    "look",
    [
        lambda future: future.done(),
        lambda future: future.running(),
        lambda future: future.cancelled(),
        lambda future: future.cancel(),
        repr,
    ],
    ids=["done", "running", "cancelled", "cancel", "repr"],
)
def test_asking_whether_it_is_done_is_not_reading(watched, look):
    future = watched()
    look(future)
    del future

    assert watched.lost == ["unread"]


def read_result(future):
    with contextlib.suppress(ValueError):
        future.result()


@pytest.mark.parametrize(
    "read",
    [
        lambda future: future.exception(),
        lambda future: future.exception(timeout=1),
        read_result,
        lambda future: future.add_done_callback(lambda done: None),
    ],
    ids=["exception", "exception_within", "result", "callback"],
)
def test_reading_is_noticed(watched, read):
    future = watched()
    read(future)
    del future
    gc.collect()

    assert watched.lost == []


@pytest.mark.parametrize(
    "listen",
    [
        lambda future: future.add_done_callback(lambda done: None),
        lambda future: (
            concurrent.futures.wait([future], timeout=0) and future._waiters.append(object())
        ),
    ],
    ids=["callback", "wait"],
)
def test_somebody_who_listens_already_is_respected(watched, listen):
    future = concurrent.futures.Future()
    listen(future)
    threadsafe_futures.watch(future, lambda: watched.lost.append("unread"))
    del future
    gc.collect()

    assert watched.lost == []


def test_thread_that_waits_already_is_respected(watched):
    future = concurrent.futures.Future()
    waiting = threading.Event()
    outcomes = []

    class Telling(threading.Condition):
        """Says when somebody has begun to wait."""

        def wait(self, timeout=None):
            waiting.set()
            return super().wait(timeout)

    future._condition = Telling()

    def read(future):
        outcomes.append(future.exception())

    thread = threading.Thread(target=read, args=(future,))
    thread.start()
    waiting.wait()
    future._condition.__class__ = threading.Condition
    threadsafe_futures.watch(future, lambda: watched.lost.append("unread"))
    future.set_exception(ValueError("told"))
    thread.join()
    del future
    gc.collect()

    assert len(outcomes) == 1
    assert watched.lost == []


def test_future_that_lives_to_the_end_is_unread_then(watched):
    unread = watched()
    read = watched()
    read.exception()

    threadsafe_futures.end_watch()

    assert watched.lost == ["unread"]
    assert unread.done()


def test_nothing_the_program_can_see_has_changed(watched):
    plain = concurrent.futures.Future()
    future = watched()

    assert type(future) is concurrent.futures.Future
    assert vars(future).keys() == vars(plain).keys()
    assert isinstance(future._condition, threading.Condition)


def test_subclass_is_left_alone(watched):
    class Own(concurrent.futures.Future):
        pass

    future = Own()
    threadsafe_futures.watch(future, lambda: watched.lost.append("unread"))

    assert type(future._condition) is threading.Condition


def test_many_futures_at_once_are_told_apart(watched):
    futures = [watched() for _ in range(1000)]
    for future in futures[::2]:
        future.exception()
    del futures, future

    assert len(watched.lost) == 500
    assert threadsafe_futures._watched == {}
