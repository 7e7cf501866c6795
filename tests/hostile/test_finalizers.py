"""Objects that act when they die: schedule, close, come back to life."""

import asyncio
import contextlib
import gc
import socket
import weakref

import pytest


class Dying:
    """Calls something when it dies."""

    def __init__(self, last):
        self.last = last

    def __del__(self):
        self.last(self)

    def __call__(self, *_):
        """A callback."""


def test_one_that_schedules(loop):
    seen = []

    def last(thing):
        loop.call_soon(seen.append, 1)
        loop.call_later(0, seen.append, 2)
        loop.create_future().cancel()

    async def main():
        loop.call_soon(Dying(last))
        loop.call_soon(Dying(last)).cancel()
        loop.call_later(0, Dying(last))
        loop.call_later(3600, Dying(last)).cancel()
        future = loop.create_future()
        future.add_done_callback(Dying(last))
        future.set_result(Dying(last))
        del future
        await asyncio.sleep(0.002)
        await asyncio.sleep(0.002)

    loop.run_until_complete(main())
    gc.collect()
    loop.run_until_complete(asyncio.sleep(0.002))
    assert seen.count(1) == seen.count(2) == 6


def test_one_that_schedules_while_the_loop_is_closed(loop):
    tried = []

    def last(thing):
        try:
            loop.call_soon(print)
        except RuntimeError as error:
            tried.append(str(error))

    loop.call_soon(Dying(last))
    loop.call_later(3600, Dying(last))
    left, right = socket.socketpair()
    with left, right:
        loop.add_reader(left, Dying(last))
        loop.add_writer(left, Dying(last))
        loop.call_soon_threadsafe(Dying(last))
        future = loop.create_future()
        future.add_done_callback(Dying(last))
        del future
        loop.close()
        gc.collect()
    assert 4 <= len(tried) <= 6
    assert set(tried) <= {"Event loop is closed"}


def test_one_that_closes_the_loop(loop):
    tried = []

    def last(thing):
        try:
            loop.close()
        except RuntimeError as error:
            tried.append(str(error))

    async def main():
        loop.call_soon(Dying(last))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    loop.run_until_complete(main())
    assert tried == ["Cannot close a running event loop"]
    loop.call_later(3600, Dying(last)).cancel()
    assert loop.is_closed()


def test_one_that_comes_back(loop):
    back = []
    for _ in range(3):
        loop.call_soon(Dying(back.append))
        future = loop.create_future()
        future.set_result(Dying(back.append))
        del future
        loop.run_until_complete(asyncio.sleep(0))
    assert len(back) == 6


def test_futures_and_tasks_that_come_back(loop):
    back = []

    class Future(asyncio.Future):
        def __del__(self):
            back.append(self)

    for n in range(5):
        future = Future(loop=loop)
        if n % 2:
            future.set_result(n)
        del future
    gc.collect()
    assert len(back) == 5
    for n, future in enumerate(back):
        if n % 2:
            assert future.result() == n
        else:
            future.cancel()


def test_a_task_whose_coroutine_comes_back(loop):
    kept = []

    async def child():
        try:
            await asyncio.sleep(3600)
        finally:
            kept.append(asyncio.current_task(loop))

    async def main():
        tasks = [asyncio.ensure_future(child()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    loop.run_until_complete(main())
    assert len(kept) == 3
    assert all(task.cancelled() for task in kept)


def test_one_that_removes_and_adds_callbacks(loop):
    future = loop.create_future()
    called = []

    class Callback(Dying):
        def __call__(self, future):
            called.append(self)

    def last(thing):
        if not future.done():
            future.add_done_callback(called.append)

    callbacks = [Callback(last) for _ in range(5)]
    for callback in callbacks:
        future.add_done_callback(callback)
    del callback
    while callbacks:
        future.remove_done_callback(callbacks.pop())
    future.set_result(None)
    loop.run_until_complete(asyncio.sleep(0))
    assert called == [future] * 5


def test_one_that_collects(loop):
    def last(thing):
        gc.collect()

    async def child(thing):
        await asyncio.sleep(0)
        return thing

    async def main():
        for _ in range(5):
            await asyncio.gather(*(child(Dying(last)) for _ in range(5)))

    loop.run_until_complete(main())


def test_a_cycle_of_everything_dies(own_loop):
    gone = []

    class Thing:
        """Held by all that a loop has, and holds all that."""

    async def wait(thing, future):
        thing.frame = future
        await future

    def make():
        loop, thing = own_loop, Thing()
        thing.future = loop.create_future()
        thing.future.add_done_callback(thing.__eq__)
        thing.handle = loop.call_soon(print, thing)
        thing.handle.cancel()
        thing.timer = loop.call_later(3600, print, thing)
        thing.timer.cancel()
        thing.coroutine = wait(thing, thing.future)
        thing.task = loop.create_task(thing.coroutine)
        thing.task.thing = thing
        loop.run_until_complete(asyncio.sleep(0))
        thing.task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(asyncio.sleep(0))
        weakref.finalize(thing, gone.append, 1)

    make()
    gc.collect()
    assert gone == [1]


def test_a_protocol_that_dies_with_its_transport(loop, recwarn):
    seen = []

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def __del__(self):
            with contextlib.suppress(Exception):
                self.transport.write(b"x")
                self.transport.close()
            seen.append(1)

    async def main():
        left, right = socket.socketpair()
        with right:
            transport, _ = await loop.create_connection(Protocol, sock=left)
            transport.abort()
            del transport
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            gc.collect()

    loop.run_until_complete(main())
    gc.collect()
    assert seen == [1]


@pytest.mark.leaves_open("until the collector has been there")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # one that is kept, keeps the loop
def test_a_loop_in_a_cycle_with_all_it_has(new_event_loop):
    made = new_event_loop()
    made.itself = made
    made.call_soon(made.stop)
    made.call_later(3600, made.stop)
    future = made.create_future()
    future.add_done_callback(made.call_soon)
    made.future = future
    gone = weakref.ref(made)
    del made, future
    gc.collect()
    gc.collect()
    assert gone() is None
