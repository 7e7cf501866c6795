"""Lock, Event, Semaphore and Condition make tasks wait, in the order they came."""

import asyncio

import pytest


def test_a_lock_lets_one_task_in_at_a_time_in_order(run):
    async def main():
        log = []
        lock = asyncio.Lock()

        async def work(name):
            async with lock:
                log.append(f"{name} in")
                await asyncio.sleep(0)
                log.append(f"{name} out")

        await asyncio.gather(work("a"), work("b"), work("c"))
        return log

    assert run(main) == ["a in", "a out", "b in", "b out", "c in", "c out"]


def test_a_lock_is_released_by_a_cancelled_holder(run):
    async def main():
        lock = asyncio.Lock()

        async def hold():
            async with lock:
                await asyncio.Event().wait()

        holder = asyncio.create_task(hold())
        await asyncio.sleep(0)
        waiter = asyncio.create_task(lock.acquire())
        await asyncio.sleep(0)
        assert not waiter.done()
        holder.cancel()
        return await waiter

    assert run(main) is True


def test_a_cancelled_waiter_does_not_take_the_lock_with_it(run):
    async def main():
        lock = asyncio.Lock()
        await lock.acquire()
        first, second = (asyncio.create_task(lock.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        lock.release()
        first.cancel()
        await second
        return first.cancelled(), lock.locked()

    assert run(main) == (True, True)


def test_a_lock_nobody_holds_cannot_be_released(run):
    async def main():
        with pytest.raises(RuntimeError, match=r"^Lock is not acquired\.$"):
            asyncio.Lock().release()

    run(main)


def test_an_event_wakes_all_who_wait(run):
    async def main():
        event = asyncio.Event()
        waiters = [asyncio.create_task(event.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        assert not any(waiter.done() for waiter in waiters)
        event.set()
        return await asyncio.gather(*waiters)

    assert run(main) == [True, True, True]


def test_a_semaphore_bounds_how_many_are_inside(run):
    async def main():
        semaphore = asyncio.Semaphore(2)
        inside, most = 0, 0

        async def work():
            nonlocal inside, most
            async with semaphore:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        await asyncio.gather(*(work() for _ in range(10)))
        return most

    assert run(main) == 2


def test_a_bounded_semaphore_refuses_a_release_too_many(run):
    async def main():
        with pytest.raises(ValueError, match=r"^BoundedSemaphore released too many times$"):
            asyncio.BoundedSemaphore(1).release()

    run(main)


def test_a_condition_wakes_as_many_as_were_notified(run):
    async def main():
        condition = asyncio.Condition()
        log = []

        async def wait(name):
            async with condition:
                await condition.wait()
                log.append(name)

        tasks = [asyncio.create_task(wait(name)) for name in "abc"]
        await asyncio.sleep(0)
        async with condition:
            condition.notify(1)
        await tasks[0]
        assert log == ["a"]
        async with condition:
            condition.notify_all()
        await asyncio.wait(tasks)
        return log

    assert run(main) == ["a", "b", "c"]


def test_a_barrier_opens_when_all_have_come(run):
    async def main():
        log = []
        barrier = asyncio.Barrier(3)

        async def work(name):
            log.append(f"{name} comes")
            await barrier.wait()
            log.append("goes")

        await asyncio.gather(work("a"), work("b"), work("c"))
        return log

    assert run(main) == ["a comes", "b comes", "c comes", "goes", "goes", "goes"]


def test_a_primitive_belongs_to_the_loop_that_first_waited_on_it(run):
    event = asyncio.Event()

    async def wait_a_little():
        task = asyncio.create_task(event.wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    async def wait():
        with pytest.raises(RuntimeError, match="is bound to a different event loop"):
            await event.wait()

    run(wait_a_little)
    run(wait)
