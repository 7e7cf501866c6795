"""Condition and Barrier: asyncio's and trueloop's must not be told apart."""

import asyncio
import gc
import weakref
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives.children import passes


async def begun(*coroutines):
    tasks = [asyncio.create_task(each) for each in coroutines]
    await passes(2)
    return tasks


async def waits(condition):
    async with condition:
        return await condition.wait()


def test_one_that_is_cancelled_has_the_lock_again_before_it_hears_of_it(primitives, run):
    async def main():
        condition = primitives.Condition()
        seen = []

        async def enter():
            async with condition:
                try:
                    await condition.wait()
                except asyncio.CancelledError:
                    seen.append(condition.locked())
                    raise

        (task,) = await begun(enter())
        async with condition:
            task.cancel()
            await passes(3)
            assert not seen
        await asyncio.wait([task])
        assert task.cancelled()
        assert (seen, condition.locked()) == ([True], False)

    run(main)


def test_one_that_is_cancelled_at_the_lock_waits_on_for_it(primitives, run):
    async def main():
        condition = primitives.Condition()
        (task,) = await begun(waits(condition))
        async with condition:
            condition.notify()
            await passes(2)
            for _ in range(3):
                task.cancel("again")
                await passes(2)
            assert not task.done()
        await asyncio.wait([task])
        assert task.cancelled()
        assert not condition.locked()

    run(main)


def test_another_exception_thrown_in_at_the_lock_leaves_at_once(primitives, run):
    async def main():
        condition = primitives.Condition()
        await condition.acquire()
        waiting = condition.wait()
        future = waiting.send(None)
        other = asyncio.create_task(condition.acquire())
        await passes()
        assert condition.locked()
        condition.notify()
        assert future.done()
        waiting.send(None)  # stands at the lock now
        with pytest.raises(KeyError):
            waiting.throw(KeyError())
        await other
        condition.release()
        assert not condition.locked()

    run(main)


@pytest.mark.parametrize("method", ["wait", "notify", "notify_all"])
def test_it_can_be_used_by_the_holder_only(method, primitives, run):
    async def main():
        condition = primitives.Condition()
        verb = "wait" if method == "wait" else "notify"
        with pytest.raises(RuntimeError, match=f"^cannot {verb} on un-acquired lock$"):
            await getattr(condition, method)()

    run(main)


def test_it_shares_a_lock_that_it_is_given(primitives, run):
    async def main():
        lock = primitives.Lock()
        conditions = [primitives.Condition(lock) for _ in range(2)]
        tasks = await begun(*(waits(each) for each in conditions))
        async with lock:
            assert all(each.locked() for each in conditions)
            for each in conditions:
                each.notify()
        assert await asyncio.gather(*tasks) == [True, True]
        assert all(each._lock is lock for each in conditions)

    run(main)


@pytest.mark.parametrize("other", ["asyncio's", "subclass", "strange"])
def test_any_lock_will_do(other, primitives, run):
    class Noting(primitives.Lock):
        entered = 0

        async def acquire(self):
            self.entered += 1
            return await super().acquire()

    class Strange:
        def __init__(self):
            self.inner = asyncio.Lock()
            self.locked = self.inner.locked
            self.release = self.inner.release

        async def acquire(self):
            return await self.inner.acquire()

    async def main():
        make = {"asyncio's": asyncio.Lock, "subclass": Noting, "strange": Strange}[other]
        lock = make()
        condition = primitives.Condition(lock)
        tasks = await begun(waits(condition), waits(condition))
        tasks[0].cancel()
        async with condition:
            condition.notify_all()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in done] == [asyncio.CancelledError, bool]
        assert not condition.locked()
        if other == "subclass":
            assert lock.entered == 5

    run(main)


def test_methods_of_one_condition_can_be_replaced(primitives, run):
    async def main():
        condition = primitives.Condition()
        calls = []

        async def acquire(acquire=condition.acquire):
            calls.append("acquire")
            return await acquire()

        condition.acquire = acquire
        with mock.patch.object(condition, "release", wraps=condition.release) as release:
            (task,) = await begun(waits(condition))
            async with condition:
                condition.notify()
            assert await task
        assert calls == ["acquire"] * 3
        assert release.call_count == 3

    run(main)


def test_methods_of_the_class_can_be_overridden(primitives, run):
    class Counting(primitives.Condition):
        waits = notified = 0

        async def wait(self):
            self.waits += 1
            return await super().wait()

        def notify(self, n=1):
            self.notified += n
            super().notify(n)

    async def main():
        condition = Counting()
        ready = []

        async def enter():
            async with condition:
                return await condition.wait_for(lambda: list(ready))

        tasks = await begun(enter(), enter())
        async with condition:
            condition.notify_all()
        await passes(3)
        async with condition:
            ready.append(1)
            condition.notify_all()
        assert await asyncio.gather(*tasks) == [[1], [1]]
        assert (condition.waits, condition.notified) == (4, 4)

    run(main)


def test_it_keeps_to_one_loop(primitives, run):
    condition = primitives.Condition()

    async def use():
        (task,) = await begun(waits(condition))
        async with condition:
            condition.notify()
        await task

    async def misuse():
        async with condition:
            with pytest.raises(RuntimeError, match="is bound to a different event loop"):
                await condition.wait()

    run(use)
    run(misuse)


def test_one_that_is_left_half_way_lets_go_of_all(primitives, run):
    async def main():
        condition = primitives.Condition()
        await condition.acquire()
        waiting = condition.wait()
        waiting.send(None)
        await condition.acquire()
        with pytest.raises(RuntimeError, match="coroutine ignored GeneratorExit"):
            waiting.close()  # it wants the lock
        condition.release()
        dead = weakref.ref(condition)
        del condition, waiting
        gc.collect()
        assert dead() is None

    run(main)


def test_a_barrier_lets_all_through_together(primitives, run):
    async def main():
        barrier = primitives.Barrier(3)
        tasks = await begun(barrier.wait(), barrier.wait())
        assert (barrier.n_waiting, barrier.broken) == (2, False)
        assert repr(barrier).endswith("[filling, waiters:2/3]>")
        async with barrier as last:
            assert last == 2
        assert sorted(await asyncio.gather(*tasks)) == [0, 1]
        (task,) = await begun(barrier.wait())
        await barrier.abort()
        with pytest.raises(asyncio.BrokenBarrierError, match=r"^Abort or reset of barrier$"):
            await task
        with pytest.raises(asyncio.BrokenBarrierError, match=r"^Barrier aborted$"):
            await barrier.wait()

    run(main)


# ---- whatever happens: the same sequence of events on asyncio's class and on ours

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(0, 2)),  # for so many passes with it
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("notify"), st.integers(0, 3)),
        st.tuples(st.just("notify all"), st.integers(0, 2)),
        st.tuples(st.just("pass"), st.integers(1, 3)),
    ),
    max_size=25,
)


def history(module, steps):
    """What a crowd of tasks sees of one condition."""
    seen = []

    async def enter(condition, n, held_passes):
        try:
            async with condition:
                await passes(held_passes)
                seen.append((n, "waits"))
                seen.append((n, await condition.wait(), condition.locked()))
                await passes(held_passes)
            seen.append((n, "done"))
        except asyncio.CancelledError as error:
            seen.append((n, "cancelled", error.args))

    async def notify(condition, n, count):
        async with condition:
            condition.notify(count) if count else condition.notify_all()
            seen.append((n, "notified"))
            await passes(count)

    async def main():
        condition = module.Condition()
        tasks = []
        for what, number in steps:
            match what:
                case "wait":
                    tasks.append(asyncio.create_task(enter(condition, len(tasks), number)))
                case "cancel" if tasks:
                    tasks[number % len(tasks)].cancel(number)
                case "notify":
                    tasks.append(asyncio.create_task(notify(condition, len(tasks), number)))
                case "notify all":
                    tasks.append(asyncio.create_task(notify(condition, len(tasks), 0)))
                case "pass":
                    await passes(number)
            seen.append((condition.locked(), repr(condition).partition("[")[2]))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        seen.append(repr(condition).partition("[")[2])

    trueloop.run(main())
    return seen


@settings(max_examples=200)
@given(steps=STEPS)
def test_a_crowd_sees_the_same_as_with_asyncios(steps):
    assert history(trueloop, steps) == history(asyncio, steps)
