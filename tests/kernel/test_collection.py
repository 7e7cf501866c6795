"""What the garbage collector sees of a loop: all of it; and what code it runs while it collects."""

import asyncio
import gc
import socket
import subprocess
import sys
import textwrap
import warnings
import weakref

import pytest

import trueloop


class Value:
    """Something that a weak reference can watch."""


def dropped(factory, prepare):
    """Whether a loop is collected that was prepared and then dropped without being closed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        loop = factory()
        alive = weakref.ref(loop)
        keep = prepare(loop)
        del loop
        gc.collect()
        del keep
        return alive() is None


def test_an_unclosed_loop_is_collected(new_event_loop):
    assert dropped(new_event_loop, lambda loop: None)


def test_an_unclosed_loop_with_everything_in_it_is_collected(new_event_loop):
    left, right = socket.socketpair()

    def prepare(loop):
        loop.call_soon(print, loop)
        loop.call_later(3600, print, loop)
        loop.call_soon_threadsafe(print, loop)
        loop.add_reader(left, print, loop)
        loop.add_writer(left, print, loop)
        future = loop.create_future()
        future.add_done_callback(lambda f: loop)

    with left, right:
        assert dropped(new_event_loop, prepare)


def test_a_closed_loop_with_unread_mail_is_collected(new_event_loop):
    def prepare(loop):
        loop.call_soon_threadsafe(print, loop)
        loop.close()

    assert dropped(new_event_loop, prepare)


def test_closing_a_loop_frees_mail_callbacks_and_readers(new_event_loop):
    loop = new_event_loop()
    left, right = socket.socketpair()
    watched = []

    def callback():
        value = Value()
        watched.append(weakref.ref(value))
        return lambda: value

    with left, right:
        loop.call_soon(callback())
        loop.call_soon_threadsafe(callback())
        loop.call_later(3600, callback())
        loop.add_reader(left, callback())
        loop.add_writer(left, callback())
        loop.close()
    del loop
    gc.collect()
    assert [ref() for ref in watched] == [None] * 5


def test_an_awaited_result_is_not_kept(either_loop):
    """The StopIteration that carries it is used again, and must be emptied."""
    watched = []

    async def main():
        future = either_loop.create_future()

        def settle(future):
            value = Value()
            watched.append(weakref.ref(value))
            future.set_result(value)

        either_loop.call_soon(settle, future)
        await future
        del future
        await asyncio.sleep(0)
        gc.collect()
        assert watched[0]() is None

    either_loop.run_until_complete(main())


def test_a_result_whose_end_awaits_something_disturbs_no_other_await(either_loop):
    """The destructor of a result drives a coroutine that awaits a finished future."""

    def finished(value):
        future = either_loop.create_future()
        future.set_result(value)
        return future

    async def one(value):
        return await finished(value)

    class Meddling:
        def __init__(self, n):
            self.n = n

        def __del__(self):
            with pytest.raises(StopIteration) as stop:
                one(("inner", self.n)).send(None)
            assert stop.value.value == ("inner", self.n)

    async def main():
        for n in range(100):
            await one(Meddling(n))
            assert await one(("outer", n)) == ("outer", n)

    either_loop.run_until_complete(main())


def test_a_finished_task_is_free_of_its_result_and_arguments(either_loop):
    watched = []

    async def child(argument):
        watched.append(weakref.ref(argument))
        value = Value()
        watched.append(weakref.ref(value))
        await asyncio.sleep(0)
        return value

    async def main():
        await asyncio.create_task(child(Value()))
        for _ in range(3):
            await asyncio.sleep(0)
        gc.collect()
        assert [ref() for ref in watched] == [None, None]

    either_loop.run_until_complete(main())


def test_a_task_that_dies_cannot_make_another_one_on_its_closed_loop(loop):
    """Closing the loop lets go of pending tasks one by one, and their last words run then."""
    refused = []

    class Maker:
        def __del__(self):
            coroutine = asyncio.sleep(0)
            try:
                trueloop.Task(coroutine, loop=loop)
            except RuntimeError as error:
                refused.append(str(error))
            coroutine.close()

    async def forever(maker):
        while True:  # noqa: ASYNC110  # always in the ready queue, so in no cycle
            await asyncio.sleep(0)

    loop.hooks.abandoned = None
    for _ in range(100):
        loop.create_task(forever(Maker()))._log_destroy_pending = False
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert refused == ["Event loop is closed"] * 100
    assert loop.hooks.tasks() == []


PROGRAM = """
import asyncio, gc, socket, sys, trueloop

class Late:
    '''Made while the collector finalizes, dropped while it clears: its code runs among ruins.'''

    def __init__(self, *things):
        self.things = things

    def __del__(self):
        transport, future, task, timer, handle, loop = self.things
        for call in (
            lambda: transport.close(), lambda: transport.write(b"x"), lambda: transport.abort(),
            lambda: transport.pause_reading(), lambda: transport.resume_reading(),
            lambda: transport.get_write_buffer_size(), lambda: repr(transport),
            lambda: transport.set_write_buffer_limits(0), lambda: transport.write_eof(),
            lambda: future.set_exception(ValueError()), lambda: future.set_result(1),
            lambda: future.add_done_callback(print), lambda: future.cancel(), lambda: repr(future),
            lambda: future.result(), lambda: future.exception(),
            lambda: task.cancel(), lambda: task.get_stack(), lambda: repr(task),
            lambda: task.add_done_callback(print), lambda: task.get_context(),
            lambda: task.uncancel(), lambda: task._step(), lambda: task._wakeup(future),
            lambda: timer.cancel(), lambda: repr(timer), lambda: timer.when(),
            lambda: handle.cancel(), lambda: handle._run(), lambda: repr(handle),
            lambda: loop.call_soon(print), lambda: loop.call_later(1, print),
            lambda: loop.call_soon_threadsafe(print), lambda: loop.create_future(),
            lambda: loop.create_task(forever(None, None)), lambda: loop.time(),
            lambda: loop.stop(), lambda: loop.close(), lambda: repr(loop),
            lambda: asyncio.all_tasks(loop), lambda: loop.call_exception_handler({"message": "m"}),
            lambda: loop.get_debug(), lambda: loop._run_once(), lambda: loop.run_forever(),
            lambda: loop.add_reader(0, print), lambda: loop.remove_reader(0),
            lambda: loop.hooks.tasks(), lambda: loop._ready, lambda: loop._scheduled,
        ):
            try:
                call()
            except BaseException:
                pass

async def forever(holder, things):
    try:
        await things[1]
    finally:
        holder.append(Late(*things))  # the holder is garbage too, and is finalized already

class Holder(list):
    pass

def once(factory, order):
    loop = factory()
    left, right = socket.socketpair()
    left.setblocking(False)
    transport, _ = loop.run_until_complete(loop.create_connection(asyncio.Protocol, sock=left))
    future = loop.create_future()
    things = [transport, future, None, loop.call_later(9, print), loop.call_soon(print, loop), loop]
    holder = Holder()
    loop.other = holder
    things[2] = task = loop.create_task(forever(holder, things))
    loop.call_soon(loop.stop)
    loop.run_forever()
    task._log_destroy_pending = False
    right.close()
    holder.append(holder)
    if order:
        gc.collect()  # what was made before goes to an older generation: other orders of clearing

for n in range(40):
    once(trueloop.new_event_loop, n % 2)
    gc.collect()
print("alive")
"""


def test_code_that_runs_while_the_collector_clears_does_not_crash():
    program = textwrap.dedent(PROGRAM)
    for command in ([], ["-X", "dev"]):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-X", "faulthandler", *command, "-c", program],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.endswith("alive\n")


def test_ready_timers_and_poller_are_visited(loop):
    """gc.get_referents shows what the collector is told of."""
    left, right = socket.socketpair()
    with left, right:
        soon = loop.call_soon(print)
        timer = loop.call_later(3600, print)
        loop.add_reader(left, print)
        reader, _ = loop.poller.callbacks(left.fileno())
        assert soon in gc.get_referents(loop.ready_queue)
        assert timer in gc.get_referents(loop.timers)
        assert reader in gc.get_referents(loop.poller)
        assert loop.waker in gc.get_referents(loop.poller)
        loop.remove_reader(left)
        soon.cancel()
        timer.cancel()


def test_a_closed_loop_that_refers_to_its_tasks_is_collected(new_event_loop):
    def prepare(loop):
        async def forever():
            await asyncio.sleep(3600)

        loop.task = loop.create_task(forever())
        loop.task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    assert dropped(new_event_loop, prepare)
