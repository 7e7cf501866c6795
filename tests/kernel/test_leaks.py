"""Nothing piles up: after a varied program has run many times, there is as much as before."""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import os
import sys
import tracemalloc

import pytest

import trueloop
from tests.kernel.streams import Pair, Recorder, until

V = contextvars.ContextVar("V", default=None)


class Failure(Exception):
    """What the scenarios raise."""


async def tasks(loop):
    async def child(n):
        V.set(n)
        await asyncio.sleep(0)
        if n % 3 == 0:
            raise Failure(n)
        return [n]

    await asyncio.gather(*map(child, range(9)), return_exceptions=True)
    with contextlib.suppress(BaseExceptionGroup):
        async with asyncio.TaskGroup() as group:
            for n in range(6):
                group.create_task(child(n), name=f"named {n}")


async def cancelled(loop):
    async def waiter():
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)

    made = [asyncio.create_task(waiter()) for _ in range(5)]
    unstarted = asyncio.create_task(waiter())
    unstarted.cancel("message")
    await asyncio.sleep(0)
    for task in made:
        task.cancel("message")
    await asyncio.wait([*made, unstarted])
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(loop.create_future(), 0)


async def futures(loop):
    for n in range(5):
        future = loop.create_future()
        future.add_done_callback(lambda f: None)
        future.add_done_callback(print)
        future.remove_done_callback(print)
        if n == 0:
            future.set_result({})
        elif n == 1:
            future.cancel()
        elif n == 2:
            future.set_exception(Failure())
            with contextlib.suppress(Failure):
                await future
        elif n == 3:
            future.set_exception(Failure)
            future.exception()
            iter(future)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.shield(cancelled_future(loop))


def cancelled_future(loop):
    future = loop.create_future()
    future.cancel("message")
    return future


async def timers(loop):
    kept = [loop.call_later(3600, print, object()) for _ in range(20)]
    for timer in kept:
        timer.cancel()
        repr(timer)
    done = loop.create_future()
    loop.call_later(0, done.set_result, None)
    loop.call_at(0, len, ())
    await done


async def handles(loop):
    handle = loop.call_soon(print, object())
    handle.cancel()
    loop.call_soon(V.set, object())
    loop.call_soon(len, (), context=contextvars.copy_context())
    loop.call_soon_threadsafe(len, ())
    loop.call_soon(lambda: 1 / 0)
    if sys.version_info >= (3, 12):
        loop.call_soon(len, ()).get_context()
        asyncio.current_task().get_context()
    await asyncio.sleep(0)


async def transports(loop):
    async with Pair() as pair:
        pair.transport.write(bytes(500_000))
        assert len(await pair.receive(500_000)) == 500_000
        await pair.send(bytes(2000))
        await until(lambda: len(pair.protocol.data) == 2000)
        pair.transport.set_protocol(Recorder())
        pair.transport.anything = pair.transport
        pair.transport.abort()


class Failing(Recorder):
    """Defined once: free-threaded 3.13 makes classes immortal once there is a second thread."""

    def data_received(self, data):
        raise Failure


async def failing_transports(loop):
    async with Pair(Failing()) as pair:
        await pair.send(b"x")
        await pair.protocol.lost


async def hooked(loop):
    before = loop.hooks.before_step, loop.hooks.task_finished
    loop.hooks.before_step = loop.hooks.task_finished = lambda task: None
    try:
        await tasks(loop)
    finally:
        loop.hooks.before_step, loop.hooks.task_finished = before


def interrupted(loop):
    async def main():
        V.set(object())
        raise KeyboardInterrupt

    def callback():
        raise SystemExit

    with contextlib.suppress(KeyboardInterrupt):
        loop.run_until_complete(main())
    loop.call_soon(callback)
    with contextlib.suppress(SystemExit):
        loop.run_forever()


def new_loops(loop):
    made = trueloop.new_event_loop()
    made.call_soon(print)
    made.call_later(1, print)
    made.call_soon_threadsafe(print)
    made.close()


def scenario(body):
    def run(loop):
        if inspect.iscoroutinefunction(body):
            loop.run_until_complete(body(loop))
        else:
            body(loop)

    return pytest.param(run, id=body.__name__)


scenarios = pytest.mark.parametrize(
    "run_once",
    [
        scenario(body)
        for body in (
            tasks, cancelled, futures, timers, handles, transports, failing_transports,
            hooked, interrupted, new_loops,
        )
    ],
)  # fmt: skip


@pytest.fixture
def quiet_loop(bare_loop):
    """A loop that tells nobody of anything."""
    bare_loop.set_exception_handler(lambda loop, context: None)
    return bare_loop


def counts():
    """How many objects of each type the collector knows of."""
    gc.collect()
    found = {}
    for thing in gc.get_objects():
        name = type(thing).__qualname__
        found[name] = found.get(name, 0) + 1
    return found


@scenarios
def test_no_object_stays_behind(quiet_loop, run_once):
    for _ in range(20):
        run_once(quiet_loop)
    before = counts()
    for _ in range(50):
        run_once(quiet_loop)
    after = counts()
    grown = {name: n - before.get(name, 0) for name, n in after.items()}
    assert {name: n for name, n in grown.items() if n >= 10} == {}


@scenarios
def test_references_to_the_immortal_of_the_kernel_stay_level(quiet_loop, run_once):
    """A reference taken too often, or given up once too often, shows on objects that stay."""
    context = contextvars.copy_context()
    watched = [
        quiet_loop, quiet_loop.hooks, quiet_loop.ready_queue, quiet_loop.timers,
        quiet_loop.poller, quiet_loop.waker, trueloop.Task, trueloop.Future,
        type(quiet_loop.call_soon(len, ())), asyncio.CancelledError, Failure, V, Recorder,
        quiet_loop.run_forever.__func__, tasks.__code__, context,
    ]  # fmt: skip

    def references():
        gc.collect()
        return [sys.getrefcount(thing) for thing in watched]

    for _ in range(20):
        run_once(quiet_loop)
    before = references()
    for _ in range(50):
        run_once(quiet_loop)
    after = references()
    moved = {
        repr(thing): new - old
        for thing, old, new in zip(watched, before, after, strict=True)
        if abs(new - old) >= 10
    }
    assert moved == {}


def test_references_to_none_and_small_values_stay_level(quiet_loop):
    """Future slots hold None by default: one forgotten decrement per future would show."""
    if sys.version_info >= (3, 12):
        pytest.skip("None is immortal since 3.12")

    async def churn():
        for _ in range(100):
            await tasks(quiet_loop)
            await futures(quiet_loop)
            await timers(quiet_loop)

    quiet_loop.run_until_complete(churn())
    before = sys.getrefcount(None)
    quiet_loop.run_until_complete(churn())
    gc.collect()
    assert abs(sys.getrefcount(None) - before) < 500


def resident_pages():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1])


@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="AddressSanitizer frees nothing at once"
)
def test_memory_stays_level(quiet_loop):
    def churn(times):
        for _ in range(times):
            for body in (tasks, cancelled, futures, timers, handles, transports):
                quiet_loop.run_until_complete(body(quiet_loop))
        gc.collect()

    churn(100)
    # An allocator that takes pages once (mimalloc of free-threaded builds, heaps of late threads)
    # is no leak: what leaks grows in every window, by more than the page each round allowed here.
    grown = []
    while len(grown) < 5 and (not grown or grown[-1] >= 500):
        before = resident_pages()
        churn(400)
        grown.append(resident_pages() - before)
    assert grown[-1] < 500, f"more than 2 MB in each window of 400 rounds: {grown} pages"


def test_descriptors_are_closed(quiet_loop):
    def churn():
        for _ in range(10):
            new_loops(quiet_loop)
            quiet_loop.run_until_complete(transports(quiet_loop))

    churn()
    before = len(os.listdir("/proc/self/fd"))
    churn()
    assert len(os.listdir("/proc/self/fd")) == before


def test_beats_are_used_again(quiet_loop):
    """A loop's beat is never freed: thirty loops one after the other share one."""
    addresses = set()
    for _ in range(30):
        made = trueloop.new_event_loop()
        addresses.add(made.hooks.beat_address)
        made.close()
        del made
        gc.collect()
    assert len(addresses) < 10


def test_a_look_into_an_empty_inbox_loses_no_memory():
    async def main():
        loop = asyncio.get_running_loop()

        async def look():
            await asyncio.to_thread(loop.call_soon_threadsafe, len, ())
            for _ in range(3):
                await asyncio.sleep(0)
            assert len(loop._ready) == len(loop._ready) == 0

        for _ in range(10):
            await look()
        tracemalloc.start()
        try:
            await look()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(100):
                await look()
            return tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()

    assert trueloop.run(main()) < 50_000
