"""Locks, queues, groups, timeouts and streams: trueloop's native ones."""

import asyncio
import contextlib
import tempfile
import threading

import trueloop
from tests.faults.scenarios import ending_with_what_is_told


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


async def conditions():
    """Condition and Barrier; one who waits is cancelled."""
    condition, barrier = trueloop.Condition(), trueloop.Barrier(4)
    ready = []

    async def wait(n):
        async with condition:
            await condition.wait_for(lambda: len(ready) > n)
        return n

    async def meet():
        async with barrier as place:
            return place

    async with _tasks(*(wait(n) for n in range(5))) as made:
        await asyncio.sleep(0)
        made[2].cancel()
        for n in range(5):
            async with condition:
                ready.append(n)
                condition.notify_all()
        results = await asyncio.gather(*made, return_exceptions=True)
        _raise_first(results)
        assert [one for one in results if isinstance(one, int)] == [0, 1, 3, 4]
    async with _tasks(*(meet() for _ in range(4))) as made:
        try:
            await asyncio.wait(made, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            await barrier.abort()
        results = await asyncio.gather(*made, return_exceptions=True)
        _raise_first(results)
        assert sorted(results) == [0, 1, 2, 3]


def _raise_first(results):
    """What has failed of its own accord, and not because another one has."""
    errors = [one for one in results if isinstance(one, Exception)]
    for one in sorted(errors, key=lambda error: isinstance(error, asyncio.BrokenBarrierError)):
        raise one


async def _answer(n):
    await trueloop.sleep(0)
    if n == 7:
        raise OSError(n, "a scenario's own")
    return n


async def gathered():
    """gather: results, errors as results, an error that ends it, cancellation."""
    assert await trueloop.gather(*map(_answer, range(5))) == list(range(5))
    results = await trueloop.gather(*map(_answer, range(9)), return_exceptions=True)
    _raise_first(one for one in results if getattr(one, "errno", None) != 7)
    assert len(results) == 9
    made = [asyncio.ensure_future(_answer(n)) for n in range(10)]
    try:
        with contextlib.suppress(OSError):
            await trueloop.gather(*made)
        outer = trueloop.gather(*made[8:], trueloop.sleep(3600), return_exceptions=False)
        await trueloop.sleep(0)
        outer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await outer
    finally:
        for one in made:
            one.cancel()
        await asyncio.gather(*made, return_exceptions=True)


async def task_groups():
    """TaskGroup: one that ends well, one with errors, one inside another, one that is cancelled."""
    async with trueloop.TaskGroup() as group:
        made = [group.create_task(_answer(n)) for n in range(5)]
    assert [one.result() for one in made] == list(range(5))
    try:
        async with trueloop.TaskGroup() as group:
            async with trueloop.TaskGroup() as inner:
                inner.create_task(_answer(1))
            for n in range(5, 10):
                group.create_task(_answer(n))
            group.create_task(trueloop.sleep(3600))
    except* OSError as group_of_errors:
        _raise_first(one for one in group_of_errors.exceptions if one.errno != 7)
    with contextlib.suppress(TimeoutError):
        async with trueloop.timeout(0.001), trueloop.TaskGroup() as group:
            group.create_task(trueloop.sleep(3600))


async def thread_queue():
    """ThreadQueue: a thread puts and takes, tasks take and put."""
    there, back = trueloop.ThreadQueue(3), trueloop.ThreadQueue(2)

    def work():
        with contextlib.suppress(trueloop.QueueShutDown):
            while True:
                back.sync.put(there.sync.get() * 2)

    async def put():
        for n in range(20):
            await there.put(n)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        async with _tasks(put()) as made:
            taken = []
            for _ in range(20):
                getting = asyncio.ensure_future(back.get())
                try:
                    await asyncio.wait(
                        [getting, *(one for one in made if not one.done())],
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    for one in made:
                        if one.done():
                            one.result()
                    taken.append(await getting)
                finally:
                    getting.cancel()
            assert taken == [2 * n for n in range(20)]
    finally:
        there.shutdown(immediate=True)
        back.shutdown(immediate=True)
        thread.join()


async def streams():
    """The native streams over a Unix socket, line by line."""

    async def serve(reader, writer):
        try:
            async for line in reader:
                writer.write(line)
                await writer.drain()
        finally:
            writer.close()

    async with ending_with_what_is_told():
        with tempfile.TemporaryDirectory() as folder:
            await _lines(serve, f"{folder}/s")


async def _lines(serve, path):
    server = await trueloop.start_unix_server(serve, path, limit=1 << 17)
    try:
        reader, writer = await trueloop.open_unix_connection(path, limit=1 << 17)
        try:
            for n in (1, 700, 70_000):
                writer.writelines([b"x" * (n - 1), b"\n"])
                await writer.drain()
                if await reader.readuntil() != b"x" * (n - 1) + b"\n":
                    raise EOFError("the server has hung up")
            writer.write_eof()
            assert await reader.read() == b""
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
    finally:
        server.close()
