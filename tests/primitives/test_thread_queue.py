"""ThreadQueue, between tasks and threads: the native one, and the one for other systems."""

import asyncio
import contextlib
import gc
import importlib
import os
import queue
import threading
import weakref
from collections import deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from trueloop.errors import QueueShutDown

MODULES = ("trueloop.primitives.threadqueue", "trueloop.elsewhere.threadqueue")


@pytest.fixture(params=MODULES)
def ThreadQueue(request):  # it stands for the class
    return importlib.import_module(request.param).ThreadQueue


def in_thread(function, *args):
    """Run a function in a thread of its own; a future of its outcome."""
    outcome = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def work():
        try:
            result = function(*args)
        except BaseException as error:
            loop.call_soon_threadsafe(outcome.set_exception, error)
        else:
            loop.call_soon_threadsafe(outcome.set_result, result)

    threading.Thread(target=work).start()
    return outcome


def test_it_is_exported():
    assert trueloop.ThreadQueue.__name__ == "ThreadQueue"
    assert trueloop.QueueShutDown is QueueShutDown


def test_from_a_thread_to_a_task(run, ThreadQueue):
    async def main():
        things = ThreadQueue()
        sending = in_thread(lambda: [things.sync.put(n) for n in range(1000)])
        received = [await things.get() for _ in range(1000)]
        await sending
        return received

    assert run(main) == list(range(1000))


@pytest.mark.parametrize("maxsize", [0, 1, 7])
def test_from_a_task_to_a_thread(run, ThreadQueue, maxsize):
    async def main():
        things = ThreadQueue(maxsize)
        receiving = in_thread(lambda: [things.sync.get() for _ in range(1000)])
        for n in range(1000):
            await things.put(n)
            assert things.qsize() <= (maxsize or 1000)
        return await receiving

    assert run(main) == list(range(1000))


@pytest.mark.parametrize("maxsize", [1, 5])
def test_a_full_queue_holds_up_threads_and_tasks(run, ThreadQueue, maxsize):
    async def main():
        things = ThreadQueue(maxsize)
        for n in range(maxsize):
            things.put_nowait(n)
        assert things.full()
        with pytest.raises(asyncio.QueueFull):
            things.put_nowait("more")
        with pytest.raises(queue.Full):
            things.sync.put_nowait("more")
        with pytest.raises(queue.Full):
            things.sync.put("more", timeout=0)
        by_task = asyncio.create_task(things.put("by a task"))
        await asyncio.sleep(0)
        by_thread = in_thread(things.sync.put, "by a thread")
        received = [await things.get() for _ in range(maxsize + 2)]
        await by_task
        await by_thread
        return received[:maxsize], set(received[maxsize:])

    assert run(main) == (list(range(maxsize)), {"by a task", "by a thread"})


def test_what_there_is_not_is_refused_or_waited_for(ThreadQueue):
    things = ThreadQueue()
    for refuse in (
        things.sync.get_nowait,
        lambda: things.sync.get(block=False),
        lambda: things.sync.get(timeout=0),
        lambda: things.sync.get(True, 0.001),
    ):
        with pytest.raises(queue.Empty):
            refuse()
    with pytest.raises(asyncio.QueueEmpty):
        things.get_nowait()
    with pytest.raises(ValueError, match=r"^'timeout' must be a non-negative number$"):
        things.sync.get(timeout=-1)


def test_what_it_shows(ThreadQueue):
    things = ThreadQueue(3)
    things.put_nowait(1)
    things.sync.put(2)
    face = things.sync
    assert face is things.sync
    for shown in (things, face):
        assert (shown.qsize(), shown.empty(), shown.full(), shown.maxsize) == (2, False, False, 3)
    assert "maxsize=3 qsize=2 tasks=2>" in repr(things)
    assert repr(face) == repr(things) + ".sync"
    assert ThreadQueue[int].__origin__ is ThreadQueue


def test_join_waits_for_what_is_being_done(run, ThreadQueue):
    async def main():
        things = ThreadQueue()
        await things.join()
        things.sync.join()
        things.put_nowait(1)
        things.put_nowait(2)
        joins = [asyncio.create_task(things.join()), in_thread(things.sync.join)]
        await asyncio.sleep(0.001)
        things.get_nowait()
        things.task_done()
        things.sync.get()
        await asyncio.sleep(0.001)
        assert not any(join.done() for join in joins)
        things.sync.task_done()
        for join in joins:
            await join
        for face in (things, things.sync):
            with pytest.raises(ValueError, match=r"^task_done\(\) called too many times$"):
                face.task_done()

    run(main)


@pytest.mark.parametrize("immediate", [False, True])
def test_shutdown(run, ThreadQueue, immediate):
    async def main():
        things, full = ThreadQueue(), ThreadQueue(1)
        full.put_nowait("left")
        waiting = [
            asyncio.create_task(things.get()),
            asyncio.create_task(full.put(1)),
            in_thread(things.sync.get),
            in_thread(full.sync.put, 2),
        ]
        await asyncio.sleep(0.001)
        things.shutdown(immediate)
        full.sync.shutdown(immediate)
        for each in waiting:
            with pytest.raises(QueueShutDown):
                await each
        for put in (full.put_nowait, full.sync.put, full.sync.put_nowait):
            with pytest.raises(QueueShutDown):
                put(3)
        if immediate:
            await full.join()
            with pytest.raises(QueueShutDown):
                full.get_nowait()
        else:
            assert full.get_nowait() == "left"
        for get in (full.get_nowait, full.sync.get, full.sync.get_nowait):
            with pytest.raises(QueueShutDown):
                get()
        with pytest.raises(QueueShutDown):
            await full.get()

    run(main)


def test_a_task_that_is_cancelled_takes_nothing(run, ThreadQueue):
    async def main():
        things = ThreadQueue()
        first, second = (asyncio.create_task(things.get()) for _ in range(2))
        await asyncio.sleep(0)
        things.sync.put("once")  # wakes the first
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second, things.qsize()

    assert run(main) == ("once", 0)


def test_a_task_that_is_cancelled_puts_nothing(run, ThreadQueue):
    async def main():
        things = ThreadQueue(1)
        things.put_nowait(0)
        first, second = (asyncio.create_task(things.put(n)) for n in (1, 2))
        await asyncio.sleep(0)
        received = [things.sync.get()]
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await second
        received.append(things.get_nowait())
        return received, things.empty()

    assert run(main) == ([0, 2], True)


def test_a_loop_that_was_closed_takes_nothing(new_event_loop, ThreadQueue):
    things = ThreadQueue()
    loop = new_event_loop()
    waiting = things.get()
    task = loop.create_task(waiting)
    task._log_destroy_pending = False
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    got = []
    thread = threading.Thread(target=lambda: got.append(things.sync.get(timeout=60)))
    thread.start()
    things.put_nowait("left")
    thread.join()
    assert got == ["left"]
    waiting.close()


def test_nothing_is_kept_that_was_taken(run, ThreadQueue):
    class Thing:
        pass

    async def main():
        things = ThreadQueue()
        thing = Thing()
        gone = weakref.ref(thing)
        await things.put(thing)
        del thing
        assert things.sync.get() is gone()
        gc.collect()
        return gone()

    assert run(main) is None


def test_a_circle_through_a_queue_is_collected(ThreadQueue):
    class Thing:
        pass

    things = ThreadQueue()
    thing = Thing()
    thing.things = things
    thing.face = things.sync
    things.put_nowait(thing)
    gone = weakref.ref(thing)
    del thing, things
    gc.collect()
    assert gone() is None


def test_a_get_that_nobody_awaits_is_warned_of_and_takes_nothing(ThreadQueue):
    things = ThreadQueue()
    things.put_nowait(1)
    with pytest.warns(RuntimeWarning, match="was never awaited"):
        things.get()
    assert things.get_nowait() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_is_not_held_up_by_threads_that_have_not_come_along():
    things = trueloop.ThreadQueue()
    here = threading.Event()

    def wait():
        here.set()
        return things.sync.get()

    thread = threading.Thread(target=wait)
    thread.start()
    here.wait()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            got = []
            taker = threading.Thread(target=lambda: got.append(things.sync.get(timeout=30)))
            taker.start()
            things.put_nowait("in the child")
            taker.join()
            status = got != ["in the child"]
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    things.sync.put("in the parent")
    thread.join()


# ---- against a model

STEPS = st.lists(
    st.sampled_from(
        ("put", "put_nowait", "sync.put", "get", "get_nowait", "sync.get", "done", "cancel",
         "pause", "shutdown", "shutdown now")
    ),
    max_size=60,
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
@settings(max_examples=150, deadline=None)
@given(steps=STEPS, maxsize=st.integers(0, 3))
def test_it_does_what_a_list_would(module, steps, maxsize):
    """Items come out in the order in which they went in, each once, whoever waits or gives up."""
    things = importlib.import_module(module).ThreadQueue(maxsize)
    inside: deque = deque()

    async def main():
        puts, gets, got, given_up = [], [], [], set()
        closed = False

        def free():
            return not maxsize or things.qsize() < maxsize

        for number, step in enumerate(steps):
            if step == "pause":
                for _ in range(6):
                    await asyncio.sleep(0)
            elif step == "put":
                puts.append((number, asyncio.create_task(things.put(number))))
            elif step in ("put_nowait", "sync.put"):
                could = free() and not closed
                put = things.put_nowait if step == "put_nowait" else things.sync.put_nowait
                try:
                    put(number)
                except QueueShutDown:
                    assert closed
                except (asyncio.QueueFull, queue.Full):
                    assert not could
                else:
                    assert could
                    inside.append(number)
            elif step == "get":
                gets.append(asyncio.create_task(things.get()))
            elif step in ("get_nowait", "sync.get"):
                get = things.get_nowait if step == "get_nowait" else things.sync.get_nowait
                before = things.qsize()
                try:
                    got.append(get())
                except QueueShutDown:
                    assert closed
                    assert not before
                except (asyncio.QueueEmpty, queue.Empty):
                    assert not before
                else:
                    assert before
            elif step == "done":
                with contextlib.suppress(ValueError):
                    things.task_done()
            elif step == "cancel":
                for task in [task for _, task in puts[-1:]] + gets[-1:]:
                    task.cancel()
            elif not closed:
                closed = True
                things.shutdown(step == "shutdown now")
                given_up.update(range(number + 1) if step == "shutdown now" else ())
        things.shutdown()
        if puts or gets:
            await asyncio.wait([task for _, task in puts] + gets)
        rest = []
        while not things.empty():
            rest.append(things.get_nowait())
        for n, task in puts:
            if not task.cancelled() and task.exception() is None:
                inside.append(n)
        for task in gets:
            if not task.cancelled() and task.exception() is None:
                got.append(task.result())
        assert len(set(got + rest)) == len(got + rest)
        assert set(got + rest) <= set(inside)
        assert set(inside) - set(got + rest) <= given_up
        # A task that puts begins later than a put_nowait() behind it; each kind keeps its order.
        tasks = {n for n, _ in puts}
        for kind in ([n for n in rest if n in tasks], [n for n in rest if n not in tasks]):
            assert kind == sorted(kind) or maxsize

    trueloop.run(main())


# ---- many at once


@pytest.mark.parametrize("maxsize", [0, 1, 10])
def test_threads_and_loops_lose_and_double_nothing(new_event_loop, ThreadQueue, maxsize):
    each = 300
    things = ThreadQueue(maxsize)
    got: list[list] = []

    def put(tag):
        for n in range(each):
            things.sync.put((tag, n))

    def get():
        mine = []
        got.append(mine)
        try:
            while True:
                mine.append(things.sync.get(timeout=60))
                things.sync.task_done()
        except QueueShutDown:
            pass

    async def put_by_task(tag):
        for n in range(each):
            await things.put((tag, n))

    async def get_by_task():
        mine = []
        got.append(mine)
        try:
            while True:
                try:
                    async with asyncio.timeout(0.0005 if len(mine) % 7 == 3 else None):
                        mine.append(await things.get())
                except TimeoutError:
                    continue
                things.task_done()
                await asyncio.sleep(0)
        except QueueShutDown:
            pass

    def loop_of(*coroutines):
        async def main():
            await asyncio.gather(*coroutines)

        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(main())

    putters = [threading.Thread(target=put, args=(tag,)) for tag in range(3)]
    putters += [
        threading.Thread(target=loop_of, args=(put_by_task(tag), put_by_task(tag + 1)))
        for tag in (3, 5)
    ]
    getters = [threading.Thread(target=get) for _ in range(3)]
    getters += [
        threading.Thread(target=loop_of, args=(get_by_task(), get_by_task())) for _ in range(2)
    ]
    for thread in putters + getters:
        thread.start()
    for thread in putters:
        thread.join()
    things.sync.join()
    things.shutdown()
    for thread in getters:
        thread.join()
    everything = [item for mine in got for item in mine]
    assert sorted(everything) == [(tag, n) for tag in range(7) for n in range(each)]
    for mine in got:
        for tag in range(7):
            numbers = [n for by, n in mine if by == tag]
            assert numbers == sorted(numbers)
