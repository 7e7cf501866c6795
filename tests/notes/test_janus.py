"""janus: a queue with one end for threads and one for tasks."""

import asyncio
import queue

import janus
import pytest


def test_a_thread_feeds_a_task(run):
    async def main():
        items = janus.Queue()

        def produce():
            for number in range(100):
                items.sync_q.put(number)
            items.sync_q.join()

        producer = asyncio.create_task(asyncio.to_thread(produce))
        received = []
        for _ in range(100):
            received.append(await items.async_q.get())
            items.async_q.task_done()
        await producer
        await items.aclose()
        return received

    assert run(main) == list(range(100))


def test_a_task_feeds_a_thread(run):
    async def main():
        items = janus.Queue()

        def consume():
            return [items.sync_q.get() for _ in range(100)]

        consumer = asyncio.create_task(asyncio.to_thread(consume))
        for number in range(100):
            await items.async_q.put(number)
        received = await consumer
        await items.aclose()
        return received

    assert run(main) == list(range(100))


def test_a_full_queue_holds_the_thread_back(run):
    async def main():
        items = janus.Queue(maxsize=2)

        def produce():
            for number in range(20):
                items.sync_q.put(number)

        producer = asyncio.create_task(asyncio.to_thread(produce))
        received = []
        for _ in range(20):
            received.append(await items.async_q.get())
            assert items.async_q.qsize() <= 2
        await producer
        await items.aclose()
        return received

    assert run(main) == list(range(20))


def test_a_full_queue_holds_the_task_back(run):
    async def main():
        items = janus.Queue(maxsize=1)
        await items.async_q.put("first")
        waiting = asyncio.create_task(items.async_q.put("second"))
        await asyncio.sleep(0)
        assert not waiting.done()
        assert await asyncio.to_thread(items.sync_q.get) == "first"
        await waiting
        with pytest.raises(queue.Full):
            items.sync_q.put_nowait("third")
        assert items.sync_q.get_nowait() == "second"
        await items.aclose()

    run(main)


def test_closing_it_wakes_the_task_that_waits(run):
    async def main():
        items = janus.Queue()
        waiting = asyncio.create_task(items.async_q.get())
        await asyncio.sleep(0)
        items.shutdown()
        with pytest.raises(janus.AsyncQueueShutDown):
            await waiting
        with pytest.raises(janus.SyncQueueShutDown):
            items.sync_q.get()
        await items.wait_closed()

    run(main)
