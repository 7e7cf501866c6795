"""Queues as bases of other classes, and as objects that programs take apart: as asyncio's."""

import asyncio
import gc
import weakref

import pytest

KINDS = ("Queue", "PriorityQueue", "LifoQueue")


async def passes(count=1):
    """Let the loop make so many passes."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture(params=KINDS)
def kind(request, primitives):
    """One of the three classes."""
    return getattr(primitives, request.param)


def test_a_subclass_may_keep_its_items_otherwise(primitives, run):
    class Unique(primitives.Queue):
        def _init(self, maxsize):
            self._queue = {}

        def _put(self, item):
            self._queue[item] = None

        def _get(self):
            item = next(iter(self._queue))
            del self._queue[item]
            return item

    async def main():
        queue = Unique(3)
        getting = asyncio.create_task(queue.get())
        await passes()
        for item in "aabbc":
            await queue.put(item)
        assert await getting == "a"
        assert [await queue.get() for _ in range(2)] == ["b", "c"]
        assert queue.empty()
        assert queue._unfinished_tasks == 5

    run(main)


def test_a_subclass_may_ask_its_base(primitives, run):
    class Numbered(primitives.PriorityQueue):
        count = 0

        def _put(self, item):
            self.count += 1
            super()._put((item, self.count))

        def _get(self):
            return super()._get()[0]

    async def main():
        queue = Numbered()
        for item in (2, 1, 2):
            await queue.put(item)
        assert [await queue.get() for _ in range(3)] == [1, 2, 2]
        assert queue.count == 3

    run(main)


def test_overridden_methods_are_called_by_the_others(primitives, run):
    calls = []

    class Watched(primitives.Queue):
        def put_nowait(self, item):
            calls.append(("put", item))
            super().put_nowait(item)

        def get_nowait(self):
            item = super().get_nowait()
            calls.append(("got", item))
            return item

        def full(self):
            return self.qsize() >= 2

    async def main():
        queue = Watched()
        await queue.put(1)
        await queue.put(2)
        putting = asyncio.create_task(queue.put(3))
        await passes()
        assert not putting.done()
        assert await queue.get() == 1
        await putting
        assert [await queue.get(), await queue.get()] == [2, 3]
        joining = asyncio.create_task(queue.join())
        await passes()
        for _ in range(3):
            queue.task_done()
        await joining

    run(main)
    assert calls == [("put", 1), ("put", 2), ("got", 1), ("put", 3), ("got", 2), ("got", 3)]


def test_a_method_may_be_replaced_at_any_time(primitives, run, monkeypatch):
    async def main():
        queue = primitives.Queue()
        await queue.put(1)
        waiting = asyncio.create_task(primitives.Queue().get())
        other = primitives.Queue()
        getting = asyncio.create_task(other.get())
        await passes()
        queue._get = lambda: queue._queue.popleft() + 10
        assert await queue.get() == 11
        monkeypatch.setattr(primitives.Queue, "empty", lambda self: len(self._queue) == 0)
        other.put_nowait(5)
        assert await getting == 5
        second = asyncio.create_task(other.get())
        await passes()
        other.put_nowait(6)
        assert await second == 6
        queue.put_nowait = lambda item: queue._put(-item)
        await queue.put(3)
        assert await queue.get() == 7
        waiting.cancel()
        await passes()

    run(main)


def test_a_queue_takes_attributes_and_weak_references(kind):
    queue = kind()
    queue.name = "jobs"
    assert vars(queue)["name"] == "jobs"
    queue.itself = queue
    alive = weakref.ref(queue)
    del queue
    gc.collect()
    assert alive() is None


def test_a_queue_may_be_part_of_a_cycle(kind, run):
    async def main():
        queue = kind(1)
        queue.put_nowait([queue])
        putting = asyncio.create_task(queue.put(1))
        await passes()
        putting.cancel()
        await passes()
        return weakref.ref(queue)

    alive = run(main)
    gc.collect()
    assert alive() is None


def test_classes_are_generic(kind):
    assert kind[int].__origin__ is kind


def test_a_queue_belongs_to_the_loop_in_which_somebody_waited(primitives, new_event_loop):
    queue = primitives.Queue()

    async def wait():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(queue.get(), 0.001)

    async def wait_elsewhere():
        with pytest.raises(RuntimeError, match="is bound to a different event loop"):
            await queue.get()

    for main in (wait, wait_elsewhere):
        loop = new_event_loop()
        loop.run_until_complete(main())
        loop.close()


def test_a_comparison_may_use_the_queue_itself(primitives):
    class Item:
        def __init__(self, rank, queue):
            self.rank, self.queue = rank, queue

        def __lt__(self, other):
            self.queue.qsize()
            return self.rank < other.rank

    queue = primitives.PriorityQueue()
    for rank in (5, 3, 4):
        queue.put_nowait(Item(rank, queue))
    assert [queue.get_nowait().rank for _ in range(3)] == [3, 4, 5]
