"""An asyncio queue makes a task wait; a thread queue makes the whole thread wait."""

import asyncio
import queue
import threading


def test_waiting_on_an_asyncio_queue_lets_other_tasks_run(run):
    async def main():
        log = []
        items = asyncio.Queue()

        async def consume():
            log.append(await items.get())

        consumer = asyncio.create_task(consume())
        await asyncio.sleep(0)
        log.append("others run")
        items.put_nowait("item")
        await consumer
        return log

    assert run(main) == ["others run", "item"]


def test_waiting_on_a_thread_queue_stops_the_whole_loop(run):
    async def main():
        log = []
        items = queue.Queue()

        async def other():
            log.append("others run")

        task = asyncio.create_task(other())
        producer = threading.Thread(target=items.put, args=("item",))
        producer.start()
        log.append(items.get())
        producer.join()
        await task
        return log

    assert run(main) == ["item", "others run"]


def test_a_thread_queue_waited_for_in_a_thread_leaves_the_loop_free(run):
    async def main():
        log = []
        items = queue.Queue()
        consumer = asyncio.create_task(asyncio.to_thread(items.get))
        await asyncio.sleep(0)
        log.append("others run")
        items.put("item")
        log.append(await consumer)
        return log

    assert run(main) == ["others run", "item"]


def test_a_thread_hands_items_to_an_asyncio_queue_through_the_loop(run):
    async def main():
        loop = asyncio.get_running_loop()
        items = asyncio.Queue()

        def produce():
            for number in range(100):
                loop.call_soon_threadsafe(items.put_nowait, number)

        thread = threading.Thread(target=produce)
        thread.start()
        received = [await items.get() for _ in range(100)]
        thread.join()
        return received

    assert run(main) == list(range(100))


def test_a_thread_feels_the_back_pressure_of_an_asyncio_queue(run):
    async def main():
        loop = asyncio.get_running_loop()
        items = asyncio.Queue(maxsize=2)

        def produce():
            for number in range(50):
                asyncio.run_coroutine_threadsafe(items.put(number), loop).result()

        producer = asyncio.create_task(asyncio.to_thread(produce))
        received = []
        for _ in range(50):
            received.append(await items.get())
            assert items.qsize() <= 2
        await producer
        return received

    assert run(main) == list(range(50))
