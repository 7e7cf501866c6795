"""What a task waits for and who could end that: read from asyncio's objects, and nothing kept."""

import asyncio
import gc
import sys
import threading
import weakref

import pytest

import trueloop
from trueloop.diagnostics import waits
from trueloop.diagnostics.waits import chain, deadlines, holders

pytestmark = pytest.mark.usefixtures("accelerated")


async def settled():
    """Let every task get to where it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


class World:
    """Things to wait for, of which none ever comes."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.never = self.loop.create_future()
        self.event = asyncio.Event()
        self.full = asyncio.Queue(1)
        self.full.put_nowait(None)
        self.lock = asyncio.Lock()
        self.condition = asyncio.Condition()
        self.one = asyncio.create_task(self.event.wait(), name="one")
        self.two = asyncio.create_task(self.event.wait(), name="two")


async def in_task(world):
    await world.one


async def in_gather(world):
    await asyncio.gather(world.one, world.two)


async def in_wait(world):
    await asyncio.wait([world.one, world.two])


async def in_first_completed(world):
    await asyncio.wait([world.one, world.two], return_when=asyncio.FIRST_COMPLETED)


async def in_wait_for(world):
    await asyncio.wait_for(world.one, 60)


async def in_shield(world):
    await asyncio.shield(world.one)


async def in_wait_for_of_a_shield(world):
    await asyncio.wait_for(asyncio.shield(world.one), 60)


async def in_as_completed(world):
    for each in asyncio.as_completed([world.one, world.two]):
        await each


async def in_group(world):
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(60), name="three")


async def in_lock(world):
    await world.lock.acquire()
    async with world.lock:
        pass


async def in_semaphore(world):
    await asyncio.Semaphore(0).acquire()


async def in_event(world):
    await asyncio.wait_for(world.event.wait(), None)


async def in_condition(world):
    async with world.condition:
        await world.condition.wait_for(lambda: False)


async def in_barrier(world):
    await asyncio.Barrier(2).wait()


async def in_get(world):
    await asyncio.Queue().get()


async def in_put(world):
    await world.full.put(1)


async def in_join(world):
    await world.full.join()


async def in_sleep(world):
    await asyncio.sleep(60)


async def in_future(world):
    await world.never


async def in_async_generator(world):
    async def numbers():
        yield await world.one

    async for _ in numbers():
        pass


WAITS = [
    (in_task, "task", {"one"}),
    (in_gather, "gather", {"one", "two"}),
    (in_wait, "wait", {"one", "two"}),
    (in_first_completed, "wait", {"one", "two"}),
    (in_wait_for, ("wait_for", "task"), {"one"}),
    (in_shield, "shield", {"one"}),
    (in_wait_for_of_a_shield, ("wait_for", "shield"), set()),
    (in_as_completed, "as_completed", {"one", "two"}),
    (in_group, "TaskGroup", {"three"}),
    (in_lock, "lock", set()),
    (in_semaphore, "semaphore", set()),
    (in_event, "event", set()),
    (in_condition, "condition", set()),
    (in_barrier, "barrier", set()),
    (in_get, "queue get", set()),
    (in_put, "queue put", set()),
    (in_join, "queue join", set()),
    (in_sleep, "sleep", set()),
    (in_future, "future", set()),
    (in_async_generator, "task", {"one"}),
]


@pytest.mark.parametrize(("wait", "kind", "names"), WAITS, ids=[row[0].__name__ for row in WAITS])
def test_each_kind_of_wait_is_recognised(wait, kind, names):
    async def main():
        task = asyncio.create_task(wait(World()))
        await settled()
        return waits.describe(task)

    described = trueloop.run(main())

    assert described.kind in (kind if isinstance(kind, tuple) else (kind,))
    assert described.place.file == __file__
    assert described.coroutine == wait.__name__
    if names:
        assert set(described.on) == names


def test_a_job_in_a_thread_is_recognised():
    async def main():
        go = threading.Event()
        task = asyncio.create_task(asyncio.to_thread(go.wait))
        await asyncio.sleep(0)
        described = waits.describe(task)
        go.set()
        await task
        return described

    assert trueloop.run(main()).kind == "thread"


def test_a_task_that_can_go_on_waits_for_nothing():
    async def main():
        future = asyncio.get_running_loop().create_future()
        ready = asyncio.create_task(settled())
        woken = asyncio.create_task(asyncio.wait([future]))
        await asyncio.sleep(0)
        future.set_result(None)
        assert waits.describe(ready) is None
        assert waits.describe(asyncio.current_task()) is None
        await asyncio.wait([ready, woken])
        assert waits.describe(woken) is None

    trueloop.run(main())


# -- locks


async def hold(lock):
    async with lock:
        await asyncio.sleep(60)


async def hold_twice(lock):
    async with lock, lock:
        pass


async def hold_by_hand(lock):
    await lock.acquire()
    try:
        await asyncio.sleep(60)
    finally:
        lock.release()


async def hold_and_wait_for(condition):
    async with condition:
        await condition.wait()


async def hold_and_let_another_wait_for(condition):
    async with condition:  # as wait_for() has it before 3.12
        await asyncio.create_task(condition.wait())


@pytest.mark.parametrize(
    ("kind", "coroutines", "holders_of_it"),
    [
        ("Lock", [hold], [0]),
        ("Lock", [hold, hold, hold], [0]),
        ("Lock", [hold_by_hand, hold], []),
        ("Lock", [hold_twice], [0]),
        ("Condition", [hold], [0]),
        ("Condition", [hold_and_wait_for], []),
        ("Condition", [hold_and_wait_for, hold], [1]),
        ("Condition", [hold_and_let_another_wait_for, hold_by_hand], []),
    ],
)
def test_holder_of_a_lock_is_who_is_inside_its_block(kind, coroutines, holders_of_it):
    async def main():
        lock = getattr(asyncio, kind)()
        tasks = [asyncio.create_task(coroutine(lock)) for coroutine in coroutines]
        await settled()
        inner = getattr(lock, "_lock", lock)
        holder = holders.of_locks(asyncio.all_tasks()).get(id(inner))
        return [] if holder is None else [tasks.index(holder)]

    assert trueloop.run(main()) == holders_of_it


# -- timers


async def with_timeout(event):
    async with asyncio.timeout(60):
        await event.wait()


async def with_wait(event):
    await asyncio.wait([asyncio.ensure_future(event.wait())], timeout=60)


async def with_wait_for(event):
    await asyncio.wait_for(asyncio.shield(asyncio.ensure_future(event.wait())), 60)


async def with_cancel_later(event):
    asyncio.get_running_loop().call_later(60, asyncio.current_task().cancel)
    await event.wait()


async def with_closure(event):
    task = asyncio.current_task()
    asyncio.get_running_loop().call_later(60, lambda: task.cancel("late"))
    await event.wait()


async def with_nothing(event):
    await event.wait()


async def with_open_timeout(event):
    async with asyncio.timeout(None):
        await event.wait()


async def beside_a_timer(event):
    asyncio.get_running_loop().call_later(60, print)
    await event.wait()


@pytest.mark.parametrize(
    ("coroutine", "is_armed"),
    [
        (with_timeout, True),
        (with_wait, True),
        (with_wait_for, True),
        (with_cancel_later, True),
        (with_closure, True),
        (with_nothing, False),
        (with_open_timeout, False),
        (beside_a_timer, False),
    ],
)
def test_timer_that_will_end_a_wait_is_found(coroutine, is_armed):
    async def main():
        task = asyncio.create_task(coroutine(asyncio.Event()))
        await settled()
        return deadlines.is_armed(asyncio.get_running_loop(), [task])

    assert trueloop.run(main()) is is_armed


# -- the graph keeps nothing, and can be left half made


def pair_that_waits_for_each_other():
    """Two tasks, found only by a search: the kernel does not look through a shield."""
    tasks = []

    async def wait_for(other):
        await asyncio.sleep(0)
        await asyncio.shield(tasks[other])

    tasks += [asyncio.create_task(wait_for(1)), asyncio.create_task(wait_for(0))]
    return tasks


def test_search_holds_none_of_the_tasks_it_saw():
    class Cargo:
        """Something that a coroutine holds."""

    async def main():
        refs = []

        async def wait(event):
            cargo = Cargo()
            refs.append(weakref.ref(cargo))
            await event.wait()

        event = asyncio.Event()
        tasks = [asyncio.create_task(wait(event)) for _ in range(10)]
        await settled()
        for task in tasks:
            waits.describe(task)
        waits.find_circles(tasks)
        holders.of_locks(tasks)
        event.set()
        await asyncio.gather(*tasks)
        assert [ref() for ref in refs] == [None] * 10
        refs = [weakref.ref(task) for task in tasks]
        del tasks, task
        await asyncio.sleep(0)
        assert [ref() for ref in refs] == [None] * 10

    gc.disable()
    try:
        trueloop.run(main())
    finally:
        gc.enable()


def test_memory_is_flat_over_a_million_waits():
    async def main():
        event = asyncio.Event()
        tasks = [asyncio.create_task(with_nothing(event)) for _ in range(10_000)]
        await settled()
        waits.find_circles(tasks)
        before = sys.getallocatedblocks()
        for _ in range(100):
            assert waits.find_circles(tasks).circles == []
        return sys.getallocatedblocks() - before

    assert trueloop.run(main()) < 1000


def test_search_that_runs_out_of_time_finds_less_and_says_where_to_go_on():
    async def main():
        event = asyncio.Event()
        sleepers = [asyncio.create_task(with_nothing(event)) for _ in range(1000)]
        pair = pair_that_waits_for_each_other()
        asyncio.get_running_loop().hooks.idle = None
        await settled()
        pending = [*sleepers, *pair]
        found, start = waits.find_circles(pending, limit_s=0)
        assert found == []
        passes = 1
        while not found:
            assert start
            found, start = waits.find_circles(pending, start, limit_s=0)
            passes += 1
        assert 1 < passes < 1000
        assert [set(circle.tasks) for circle in found] == [set(pair)]

    trueloop.run(main())


def test_search_that_goes_on_looks_at_those_before_its_start_again():
    async def main():
        pair = pair_that_waits_for_each_other()
        event = asyncio.Event()
        sleepers = [asyncio.create_task(with_nothing(event)) for _ in range(10)]
        asyncio.get_running_loop().hooks.idle = None
        await settled()
        beside, far_beyond = 5, 1000  # there were more tasks when the last search was cut short
        for start in (beside, far_beyond):
            found, start = waits.find_circles([*pair, *sleepers], start)
            assert [set(circle.tasks) for circle in found] == [set(pair)]
            assert start == 0

    trueloop.run(main())


def test_search_that_was_cut_short_at_its_last_task_has_not_seen_all():
    async def main():
        event = asyncio.Event()
        sleepers = [asyncio.create_task(with_nothing(event)) for _ in range(100)]
        last = asyncio.create_task(asyncio.wait(sleepers))
        await settled()
        assert waits.find_circles([last], limit_s=0).next_start != 0
        assert waits.find_circles([last]).next_start == 0

    trueloop.run(main())


def circle_through_a_lock():
    """Two tasks: one waits for the other inside a lock's block, for which the other waits."""
    lock = asyncio.Lock()
    tasks = []

    async def holds():
        async with lock:
            await asyncio.shield(tasks[1])

    async def queues():
        async with lock:
            pass

    tasks += [asyncio.create_task(holds()), asyncio.create_task(queues())]
    return tasks


def test_holders_that_cannot_be_proved_in_time_are_not_known():
    async def main():
        pair = circle_through_a_lock()
        asyncio.get_running_loop().hooks.idle = None
        await settled()
        assert holders.of_locks(pair, deadline=0) is None
        assert waits.find_circles(pair, proof_limit_s=0).circles == []
        found = waits.find_circles(pair, limit_s=60, proof_limit_s=60).circles
        assert [set(circle.tasks) for circle in found] == [set(pair)]

    trueloop.run(main())


def test_nobody_is_asked_for_locks_if_no_holder_could_close_a_circle(monkeypatch):
    async def holds(lock, other):
        async with lock:
            await asyncio.shield(other)

    async def queues(lock):
        async with lock:
            pass

    async def main():
        event = asyncio.Event()
        tasks = []
        for _ in range(10):
            lock = asyncio.Lock()
            tasks.append(asyncio.create_task(with_nothing(event)))
            tasks.append(asyncio.create_task(holds(lock, tasks[-1])))
            tasks.append(asyncio.create_task(queues(lock)))
        await settled()
        asked = []
        blocks = holders.blocks_of
        monkeypatch.setattr(holders, "blocks_of", lambda task: asked.append(task) or blocks(task))
        assert waits.find_circles(tasks).circles == []
        assert not asked
        pair = circle_through_a_lock()
        asyncio.get_running_loop().hooks.idle = None
        await settled()
        assert len(waits.find_circles([*tasks, *pair]).circles) == 1
        assert asked

    trueloop.run(main())


def test_chain_goes_through_generators_and_awaitables(accelerated):
    class Wrapped:
        def __init__(self, coroutine):
            self.coroutine = coroutine

        def __await__(self):
            return (yield from self.coroutine.__await__())

    async def source(event):
        await Wrapped(with_nothing(event))
        yield 1

    async def main():
        async def read():
            return await anext(source(asyncio.Event()))

        task = asyncio.create_task(read())
        await settled()
        return [place.function.rpartition(".")[2] for place in chain.stack(task)]

    found = ["with_nothing", "__await__", "source", "read"]  # a native wait() has no line
    assert trueloop.run(main()) == (found if accelerated else ["wait", *found])
