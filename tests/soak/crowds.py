"""Tasks that wait for each other in every way, and are cancelled at random.

What goes into a queue must come out once, whatever happens to those who put and get.
"""

import asyncio
import contextlib
import random
from collections import Counter

from tests.soak.tally import Tally, expect

ITEMS = 400


async def queue_of_many(source: random.Random, tally: Tally) -> None:
    """Producers and consumers that are cancelled and replaced; every item is got once."""
    queue: asyncio.Queue[int] = asyncio.Queue(source.randrange(0, 5))
    got: Counter[int] = Counter()
    to_put = iter(range(ITEMS))
    done = asyncio.Event()

    async def produce() -> None:
        for item in to_put:
            while True:
                try:
                    await queue.put(item)
                except asyncio.CancelledError:
                    if done.is_set():
                        raise
                    continue  # it was not put, or the await had ended: asyncio's promise
                break

    async def consume() -> None:
        while True:
            got[await queue.get()] += 1
            queue.task_done()
            if sum(got.values()) >= ITEMS:
                done.set()

    producers = [asyncio.create_task(produce()) for _ in range(3)]
    consumers = [asyncio.create_task(consume()) for _ in range(3)]
    while not done.is_set():
        victim = source.randrange(len(consumers))
        consumers[victim].cancel()
        tally.add("cancellations")
        await asyncio.wait([consumers[victim]])
        consumers[victim] = asyncio.create_task(consume())
        await asyncio.sleep(0)
    for task in (*producers, *consumers):
        task.cancel()
    await asyncio.gather(*producers, *consumers, return_exceptions=True)
    expect("items got once", sorted(got.items()), [(item, 1) for item in range(ITEMS)])
    tally.add("items through queues", ITEMS)


async def locks(source: random.Random, tally: Tally) -> None:
    """Never two inside, whoever is cancelled; in the end it is free."""
    lock, semaphore, condition = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Condition()
    inside = Counter[str]()

    async def enter() -> None:
        for _ in range(5):
            async with lock:
                inside["lock"] += 1
                expect("holders of a lock", inside["lock"], 1)
                try:
                    await asyncio.sleep(0)
                finally:
                    inside["lock"] -= 1
            async with semaphore:
                inside["semaphore"] += 1
                if inside["semaphore"] > 2:
                    expect("holders of a semaphore", inside["semaphore"], 2)
                try:
                    await asyncio.sleep(source.choice((0, 0.0005)))
                finally:
                    inside["semaphore"] -= 1
            async with condition:
                condition.notify(1)
                # Not wait_for(): before 3.12 a cancellation after its time is over leaves the block
                # before the wait has the lock back, and then nobody lets go of it.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.001):
                        await condition.wait()

    tasks = [asyncio.create_task(enter()) for _ in range(20)]
    for task in source.sample(tasks, 8):
        await asyncio.sleep(0)
        task.cancel()
        tally.add("cancellations")
    await asyncio.gather(*tasks, return_exceptions=True)
    expect("locked", (lock.locked(), semaphore.locked(), condition.locked()), (False, False, False))


async def trees(source: random.Random, tally: Tally) -> None:
    """Groups in groups, cut off anywhere; no branch outlives its tree."""
    alive = 0

    async def grow(depth: int) -> None:
        nonlocal alive
        alive += 1
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(source.randrange(3) if depth else 0):
                    group.create_task(grow(depth - 1))
                await asyncio.sleep(source.choice((0, 0, 0.0005)))
                if source.random() < 0.02:
                    raise ValueError("planned")
        finally:
            alive -= 1

    for _ in range(20):
        tree = asyncio.create_task(grow(4))
        shield = asyncio.shield(tree)
        with contextlib.suppress(TimeoutError, ExceptionGroup):
            await asyncio.wait_for(shield, source.choice((0, 0.001, 1)))
        tree.cancel()
        await asyncio.wait([tree])
        for ended in (tree, shield):  # the shield's may have come in the very pass of the timeout
            if ended.done() and not ended.cancelled():
                ended.exception()
        expect("branches that outlive their tree", alive, 0)
        tally.add("trees of tasks")


async def run(source: random.Random, tally: Tally, until: float) -> None:
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await queue_of_many(source, tally)
        await locks(source, tally)
        await trees(source, tally)
