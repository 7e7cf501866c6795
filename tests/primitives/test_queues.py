"""Queues: who may put, who may get, and in which order; the same as asyncio's, whatever happens."""

import asyncio
import collections
import gc
import heapq
import math
import warnings
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop

KINDS = ("Queue", "PriorityQueue", "LifoQueue")
has_shutdown = hasattr(asyncio, "QueueShutDown")
needs_shutdown = pytest.mark.skipif(not has_shutdown, reason="shutdown() came with Python 3.13")


async def passes(count=1):
    """Let the loop make so many passes."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture(params=KINDS)
def kind(request, primitives):
    """One of the three classes."""
    return getattr(primitives, request.param)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Queue", [3, 1, 2]), ("PriorityQueue", [1, 2, 3]), ("LifoQueue", [2, 1, 3])],
)
def test_items_come_out_in_the_order_of_the_kind(primitives, run, name, expected):
    async def main():
        queue = getattr(primitives, name)()
        for item in (3, 1, 2):
            await queue.put(item)
        assert queue.qsize() == 3
        assert [await queue.get() for _ in range(3)] == expected
        assert queue.empty()

    run(main)


def test_items_of_a_bounded_queue_arrive_once_and_in_order(primitives, run):
    async def main():
        queue = primitives.Queue(3)
        arrived = []

        async def consume():
            while (item := await queue.get()) is not None:
                arrived.append(item)
                if item % 7 == 0:
                    await passes()

        consumer = asyncio.create_task(consume())
        for item in range(100):
            await queue.put(item)
            assert queue.qsize() <= 3
        await queue.put(None)
        await consumer
        assert arrived == list(range(100))

    run(main)


def test_waiting_getters_are_served_in_the_order_in_which_they_came(primitives, run):
    async def main():
        queue = primitives.Queue()
        served = []

        async def take(name):
            served.append((name, await queue.get()))

        tasks = [asyncio.create_task(take(name)) for name in "abc"]
        await passes()
        for item in range(3):
            queue.put_nowait(item)
        await asyncio.gather(*tasks)
        assert served == [("a", 0), ("b", 1), ("c", 2)]

    run(main)


def test_a_getter_that_is_cancelled_when_its_turn_has_come_passes_it_on(primitives, run):
    async def main():
        queue = primitives.Queue()
        first = asyncio.create_task(queue.get())
        second = asyncio.create_task(queue.get())
        await passes()
        queue.put_nowait("item")
        first.cancel()
        assert await second == "item"
        assert first.cancelled()

    run(main)


def test_a_putter_that_is_cancelled_when_its_turn_has_come_passes_it_on(primitives, run):
    async def main():
        queue = primitives.Queue(1)
        queue.put_nowait(0)
        first = asyncio.create_task(queue.put(1))
        second = asyncio.create_task(queue.put(2))
        await passes()
        assert queue.get_nowait() == 0
        first.cancel()
        await second
        assert queue.get_nowait() == 2
        assert first.cancelled()

    run(main)


def test_nothing_happens_before_the_first_await(kind, run):
    async def main():
        queue = kind(1)
        putting = queue.put(1)
        assert queue.empty()
        queue.put_nowait(0)
        getting = queue.get()
        assert queue.full()
        assert await getting == 0
        await putting
        assert queue.qsize() == 1

    run(main)


def test_each_call_that_is_not_awaited_is_warned_of(primitives):
    for _ in range(3):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            primitives.Queue().get()
        assert [str(each.message) for each in seen] == ["coroutine 'Queue.get' was never awaited"]
        del seen


@pytest.mark.parametrize("method", ["get", "put", "join"])
def test_a_call_that_is_not_awaited_is_warned_of(primitives, method):
    queue = primitives.Queue()
    call = getattr(queue, method)
    with pytest.warns(RuntimeWarning, match=rf"'Queue.{method}' was never awaited"):
        call(*[1] * (method == "put"))


def test_an_operation_is_awaited_once(primitives, run):
    async def main():
        queue = primitives.Queue()
        putting = queue.put(1)
        await putting
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await putting
        assert queue.qsize() == 1

    run(main)


def test_used_operations_keep_no_item_and_no_queue(primitives, run):
    class Item:
        pass

    async def main():
        queue = primitives.Queue()
        item = Item()
        gone = [weakref.ref(item), weakref.ref(queue)]
        await queue.put(item)
        del item
        await queue.get()
        await queue.put(0)
        await queue.get()  # the last that was awaited may be held a little longer
        del queue
        gc.collect()
        assert [one() for one in gone] == [None, None]

    run(main)


def test_full_and_empty_say_so(kind):
    queue = kind(1)
    with pytest.raises(asyncio.QueueEmpty):
        queue.get_nowait()
    queue.put_nowait(1)
    with pytest.raises(asyncio.QueueFull):
        queue.put_nowait(2)
    assert queue.full()
    assert queue.maxsize == 1
    assert queue.get_nowait() == 1


def test_arguments_have_names(kind, run):
    async def main():
        queue = kind(maxsize=2)
        await queue.put(item=1)
        queue.put_nowait(item=2)
        assert queue.full()
        for method in (queue.put, queue.put_nowait):
            with pytest.raises(TypeError, match="item"):
                method()
            with pytest.raises(TypeError):
                method(1, 2)
            with pytest.raises(TypeError, match="thing"):
                method(thing=1)
            with pytest.raises(TypeError):
                method(1, item=1)

    run(main)


@pytest.mark.parametrize("limit", [0, -1, math.inf, 10**30, -(10**30), 0.0])
def test_no_limit(primitives, limit):
    queue = primitives.Queue(limit)
    for item in range(10):
        queue.put_nowait(item)
    assert not queue.full()
    assert queue.maxsize == limit


def test_a_limit_may_be_a_fraction_or_a_bool(primitives):
    queue = primitives.Queue(1.5)
    queue.put_nowait(1)
    assert not queue.full()
    queue.put_nowait(2)
    assert queue.full()
    queue = primitives.Queue(True)
    queue.put_nowait(1)
    assert queue.full()


def test_the_limit_may_be_changed(primitives):
    queue = primitives.Queue(1)
    queue.put_nowait(1)
    queue._maxsize = 2
    queue.put_nowait(2)
    assert queue.full()


def test_join_waits_until_all_is_done(primitives, run):
    async def main():
        queue = primitives.Queue()
        await queue.join()
        queue.put_nowait(1)
        queue.put_nowait(2)
        joining = asyncio.create_task(queue.join())
        await passes(2)
        for _ in range(2):
            await queue.get()
            assert not joining.done()
            queue.task_done()
        await joining
        with pytest.raises(ValueError, match=r"task_done\(\) called too many times"):
            queue.task_done()
        assert queue._finished.is_set()
        queue.put_nowait(3)
        assert not queue._finished.is_set()
        assert queue._unfinished_tasks == 1

    run(main)


def test_items_that_cannot_be_compared_are_refused(primitives, run):
    async def main():
        queue = primitives.PriorityQueue()
        await queue.put(1)
        with pytest.raises(TypeError, match="'<' not supported"):
            await queue.put("a")
        assert queue._unfinished_tasks == 1

    run(main)


def test_the_container_is_there_to_be_looked_into(primitives, run):
    async def main():
        queue = primitives.Queue()
        for item in range(5):
            queue.put_nowait(item)
        assert type(queue._queue) is collections.deque
        queue._queue.appendleft(-1)
        queue._queue.remove(3)
        assert [await queue.get() for _ in range(5)] == [-1, 0, 1, 2, 4]
        queue._queue = collections.deque([7], maxlen=1)
        queue.put_nowait(8)
        assert await queue.get() == 8
        assert queue.empty()
        heap = primitives.PriorityQueue()
        heap._queue = [5, 9]
        heap.put_nowait(7)
        assert [heap.get_nowait() for _ in range(3)] == [5, 7, 9]

    run(main)


def test_repr_shows_what_is_in_it_and_who_waits(primitives, run):
    async def main():
        queue = primitives.Queue(1)
        assert "maxsize=1>" in repr(queue)
        queue.put_nowait("x")
        assert str(queue) == "<Queue maxsize=1 _queue=['x'] tasks=1>"
        putting = asyncio.create_task(queue.put(1))
        await passes()
        assert "_putters[1] tasks=1>" in repr(queue)
        assert repr(queue).startswith("<Queue at 0x")
        assert await queue.get() == "x"
        await putting
        await queue.get()
        getting = asyncio.create_task(queue.get())
        await passes()
        assert "_getters[1] tasks=2>" in repr(queue)
        assert len(queue._getters) == 1
        queue.put_nowait(5)
        assert await getting == 5

    run(main)


def test_who_looks_at_those_who_wait_may_wake_them(primitives, run):
    async def main():
        queue = primitives.Queue(1)
        getting = asyncio.create_task(queue.get())
        await passes()
        assert len(queue._getters) == 1
        queue._getters[0].set_result(None)  # for nothing: it waits again
        await passes(2)
        assert not getting.done()
        getting.cancel()
        await passes(2)
        assert getting.cancelled()
        assert not [each for each in queue._getters if not each.done()]
        queue.put_nowait(1)
        putting = asyncio.create_task(queue.put(2))
        await passes()
        assert len(queue._putters) == 1
        assert await queue.get() == 1
        await putting
        assert await queue.get() == 2

    run(main)


# ---- shutdown


@needs_shutdown
def test_after_shutdown_what_is_left_may_be_taken(primitives, run):
    async def main():
        queue = primitives.Queue()
        queue.put_nowait(1)
        queue.shutdown()
        with pytest.raises(asyncio.QueueShutDown):
            await queue.put(2)
        with pytest.raises(asyncio.QueueShutDown):
            queue.put_nowait(2)
        assert await queue.get() == 1
        with pytest.raises(asyncio.QueueShutDown):
            await queue.get()
        with pytest.raises(asyncio.QueueShutDown):
            queue.get_nowait()
        assert "shutdown" in repr(queue)

    run(main)


@needs_shutdown
@pytest.mark.parametrize("immediate", [False, True])
def test_shutdown_wakes_all_who_wait(primitives, run, immediate):
    async def main():
        queue = primitives.Queue(1)
        getters = [asyncio.create_task(queue.get()) for _ in range(3)]
        await passes()
        queue.shutdown(immediate=immediate)
        for outcome in await asyncio.gather(*getters, return_exceptions=True):
            assert type(outcome) is asyncio.QueueShutDown
        queue = primitives.Queue(1)
        queue.put_nowait(0)
        putters = [asyncio.create_task(queue.put(1)) for _ in range(3)]
        joining = asyncio.create_task(queue.join())
        await passes()
        queue.shutdown(immediate)
        for outcome in await asyncio.gather(*putters, return_exceptions=True):
            assert type(outcome) is asyncio.QueueShutDown
        assert joining.done() == immediate
        if not immediate:
            queue.get_nowait()
            queue.task_done()
            await joining

    run(main)


@pytest.mark.skipif(has_shutdown, reason="shutdown() is there")
def test_there_is_no_shutdown_before_3_13(primitives):
    assert not hasattr(primitives.Queue(), "shutdown")


# ---- whatever happens

actions = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 9)),
        st.tuples(st.just("get"), st.just(0)),
        st.tuples(st.just("join"), st.just(0)),
        st.tuples(st.just("put_nowait"), st.integers(0, 9)),
        st.tuples(st.just("get_nowait"), st.just(0)),
        st.tuples(st.just("task_done"), st.just(0)),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
        st.tuples(st.just("pass"), st.just(0)),
        st.tuples(st.just("look"), st.just(0)),
        *[st.tuples(st.just("shutdown"), st.booleans())] * has_shutdown,
    ),
    max_size=40,
)


def history(queue_class, maxsize, steps, new_event_loop):
    """All that can be seen while these steps are taken on one queue."""
    seen = []

    async def do(number, what, item):
        try:
            result = await (queue.put(item) if what == "put" else getattr(queue, what)())
        except BaseException as error:
            seen.append((number, what, type(error).__name__))
            raise
        seen.append((number, what, result))

    def call(what, item):
        method = getattr(queue, what)
        try:
            seen.append((what, method(item) if what in ("put_nowait", "shutdown") else method()))
        except Exception as error:
            seen.append((what, type(error).__name__, str(error)))

    async def main():
        nonlocal queue
        queue = queue_class(maxsize)
        tasks = []
        for what, item in steps:
            if what in ("put", "get", "join"):
                tasks.append(asyncio.create_task(do(len(tasks), what, item)))
            elif what == "cancel":
                if item < len(tasks):
                    seen.append(tasks[item].cancel())
            elif what == "pass":
                await passes()
            elif what == "look":
                seen.append(str(queue))
            else:
                call(what, item)
            seen.append((queue.qsize(), queue.full(), queue.empty(), queue._unfinished_tasks))
        await passes(3)
        seen.append((str(queue), len(queue._getters), len(queue._putters)))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        seen.append((str(queue), list(queue._queue)))

    queue = None
    loop = new_event_loop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()
    return seen


@settings(max_examples=150, deadline=None)
@given(steps=actions, maxsize=st.integers(0, 3), name=st.sampled_from(KINDS))
def test_all_that_can_be_seen_is_the_same(steps, maxsize, name):
    expected = history(getattr(asyncio, name), maxsize, steps, trueloop.new_event_loop)
    for new_event_loop in (trueloop.new_event_loop, asyncio.new_event_loop):
        ours = history(getattr(trueloop, name), maxsize, steps, new_event_loop)
        assert ours == expected


@settings(max_examples=50, deadline=None)
@given(items=st.lists(st.integers() | st.none(), max_size=60), maxsize=st.integers(0, 5))
def test_a_heap_is_a_heap(items, maxsize):
    queue = trueloop.PriorityQueue(maxsize)
    heap = []
    for item in items:
        if item is None:
            if heap:
                assert queue.get_nowait() == heapq.heappop(heap)
        elif not queue.full():
            queue.put_nowait(item)
            heapq.heappush(heap, item)
        assert queue._queue == heap
