"""A bounded queue makes its producer wait until there is room."""

import asyncio

import pytest


def test_put_waits_for_room_and_goes_on_after_a_get(run):
    async def main():
        log = []
        queue = asyncio.Queue(maxsize=1)
        full = asyncio.Event()

        async def produce():
            await queue.put(0)
            log.append("producer waits")
            full.set()
            await queue.put(1)
            log.append("producer goes on")

        async def consume():
            await full.wait()
            await asyncio.sleep(0)
            assert queue.full()
            log.append(f"consumer gets {await queue.get()}")

        await asyncio.gather(produce(), consume())
        return log, queue.qsize()

    assert run(main) == (["producer waits", "consumer gets 0", "producer goes on"], 1)


def test_put_into_a_queue_with_room_does_not_suspend(run):
    async def main():
        log = []
        asyncio.get_running_loop().call_soon(log.append, "other")
        queue = asyncio.Queue(maxsize=2)
        await queue.put(1)
        await queue.put(2)
        return list(log)

    assert run(main) == []


def test_the_producer_is_never_more_than_the_bound_ahead(run):
    async def main():
        queue = asyncio.Queue(maxsize=3)
        produced, consumed, ahead = 0, 0, []

        async def produce():
            nonlocal produced
            for number in range(20):
                await queue.put(number)
                produced += 1
                ahead.append(produced - consumed)

        producer = asyncio.create_task(produce())
        for number in range(20):
            assert await queue.get() == number
            consumed += 1
            await asyncio.sleep(0)
        await producer
        return max(ahead)

    assert run(main) <= 4


def test_waiting_producers_are_let_in_in_the_order_they_came(run):
    async def main():
        queue = asyncio.Queue(maxsize=1)
        await queue.put("first")
        producers = [asyncio.create_task(queue.put(name)) for name in "abc"]
        await asyncio.sleep(0)
        items = [await queue.get() for _ in range(4)]
        await asyncio.wait(producers)
        return items

    assert run(main) == ["first", "a", "b", "c"]


def test_the_nowait_forms_refuse_instead_of_waiting(run):
    async def main():
        queue = asyncio.Queue(maxsize=1)
        with pytest.raises(asyncio.QueueEmpty):
            queue.get_nowait()
        queue.put_nowait(1)
        with pytest.raises(asyncio.QueueFull):
            queue.put_nowait(2)
        return queue.get_nowait()

    assert run(main) == 1


def test_an_unbounded_queue_never_makes_its_producer_wait(run):
    async def main():
        queue = asyncio.Queue()
        for number in range(1000):
            queue.put_nowait(number)
        assert not queue.full()
        return queue.qsize()

    assert run(main) == 1000


def test_a_cancelled_producer_leaves_its_item_out(run):
    async def main():
        queue = asyncio.Queue(maxsize=1)
        await queue.put("kept")
        producer = asyncio.create_task(queue.put("lost"))
        await asyncio.sleep(0)
        producer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await producer
        assert await queue.get() == "kept"
        return queue.empty()

    assert run(main) is True


def test_a_consumer_cancelled_after_it_was_woken_leaves_the_item_to_the_next(run):
    async def main():
        queue = asyncio.Queue()
        first, second = (asyncio.create_task(queue.get()) for _ in range(2))
        await asyncio.sleep(0)
        queue.put_nowait("item")
        first.cancel()
        assert await second == "item"
        return first.cancelled()

    assert run(main) is True


def test_join_waits_until_every_item_was_declared_done(run):
    async def main():
        queue = asyncio.Queue()
        for number in range(3):
            queue.put_nowait(number)
        joiner = asyncio.create_task(queue.join())
        for _ in range(3):
            queue.get_nowait()
            await asyncio.sleep(0)
            assert not joiner.done()
            queue.task_done()
        await joiner

    run(main)


def test_priority_and_lifo_queues_wait_in_the_same_way(run):
    async def main():
        smallest_first, last_first = asyncio.PriorityQueue(), asyncio.LifoQueue(maxsize=3)
        getter = asyncio.create_task(smallest_first.get())
        await asyncio.sleep(0)
        for number in (2, 1, 3):
            smallest_first.put_nowait(number)
            last_first.put_nowait(number)
        putter = asyncio.create_task(last_first.put(4))
        await asyncio.sleep(0)
        assert not putter.done()
        popped = [await last_first.get() for _ in range(3)]
        await putter
        return await getter, popped

    assert run(main) == (1, [3, 1, 2])
