"""What the storms are made of: what a program may do wrong with its tasks, and what it may do.

Law: makes the bugs, by the thousand, and knows nothing of who looks for them.
"""

import asyncio

PATIENCE_S = 300.0  # for somebody to end a circle


class Lost(Exception):
    pass


async def fails() -> None:
    raise Lost


async def swallows() -> None:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        return


async def obeys() -> None:
    await asyncio.sleep(3600)


async def cleans_up() -> None:
    try:
        await asyncio.sleep(3600)
    finally:
        await asyncio.sleep(0)


async def runs_out_of_time() -> None:
    try:
        async with asyncio.timeout(0):
            await asyncio.sleep(3600)
    except TimeoutError:
        pass


async def joins(others: list[asyncio.Task[None]], which: int) -> None:
    await asyncio.gather(others[which])


async def reads(queue: asyncio.Queue[None]) -> None:
    await queue.get()


async def lose(count: int) -> None:
    """That many lost exceptions."""
    for first in range(0, count, 1000):
        for _ in range(min(1000, count - first)):
            asyncio.create_task(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)


async def cancel(count: int) -> int:
    """That many cancellations; how many of them were swallowed."""
    swallowed = 0
    ways = [swallows, obeys, cleans_up, swallows, runs_out_of_time]
    for first in range(0, count, 1000):
        some = [ways[n % 5] for n in range(min(1000, count - first))]
        swallowed += some.count(swallows)
        tasks = [asyncio.create_task(way()) for way in some]
        await asyncio.sleep(0)
        for task, way in zip(tasks, some, strict=True):
            if way is not runs_out_of_time:
                task.cancel()
        await asyncio.wait(tasks)
    return swallowed


async def wait_in_a_circle() -> None:
    """Two tasks that wait for each other, until one is told of it."""
    ring: list[asyncio.Task[None]] = []
    ring += [asyncio.create_task(joins(ring, 1)), asyncio.create_task(joins(ring, 0))]
    _, pending = await asyncio.wait(ring, timeout=PATIENCE_S)
    if not pending:
        [task.exception() for task in ring]
