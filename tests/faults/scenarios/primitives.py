"""Locks, queues and timeouts: trueloop's native ones."""

import asyncio
import contextlib

import trueloop


@contextlib.asynccontextmanager
async def _tasks(*coroutines):
    """Tasks that do not outlive the block."""
    made = [asyncio.create_task(one) for one in coroutines]
    try:
        yield made
    finally:
        for task in made:
            task.cancel()
        await asyncio.gather(*made, return_exceptions=True)


async def locks():
    """Lock, Semaphore, Event; some who wait are cancelled."""
    lock, semaphore = trueloop.Lock(), trueloop.Semaphore(2)
    event = trueloop.Event()
    inside = 0

    async def work():
        nonlocal inside
        await event.wait()
        async with semaphore, lock:
            inside += 1
            await asyncio.sleep(0)
            assert lock.locked()

    async with _tasks(*(work() for _ in range(12))) as made:
        await asyncio.sleep(0)
        event.set()
        await asyncio.sleep(0)
        made[5].cancel()
        made[6].cancel()
        results = await asyncio.gather(*made, return_exceptions=True)
        errors = [one for one in results if isinstance(one, Exception)]
        if errors:
            raise errors[0]
        assert inside == 10
    assert not lock.locked()
    assert not semaphore.locked()


async def queues():
    """A bounded queue between producers and consumers."""
    queue = trueloop.Queue(3)
    taken = []

    async def produce(first):
        for n in range(first, first + 20):
            await queue.put(n)

    async def consume():
        while True:
            taken.append(await queue.get())
            queue.task_done()

    async with asyncio.TaskGroup() as group:
        consumers = [group.create_task(consume()) for _ in range(2)]
        producers = [group.create_task(produce(first)) for first in (0, 100)]
        await asyncio.wait(producers)
        await queue.join()
        for consumer in consumers:
            consumer.cancel()
    assert sorted(taken) == [*range(20), *range(100, 120)]


async def timeouts():
    """sleep, timeout, wait_for."""
    assert await trueloop.sleep(0.001, "x") == "x"
    with contextlib.suppress(TimeoutError):
        async with trueloop.timeout(0.001):
            await trueloop.sleep(3600)
    with contextlib.suppress(TimeoutError):
        await trueloop.wait_for(asyncio.Future(), 0.001)
    assert await trueloop.wait_for(trueloop.sleep(0, 5), 3600) == 5
