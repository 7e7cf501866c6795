"""Locks: who may go on, and in which order; the same as asyncio's, whatever happens."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop

KINDS = ("Lock", "Semaphore", "BoundedSemaphore")


async def passes(count=1):
    """Let the loop make so many passes."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("kind", KINDS)
def test_waiters_go_in_the_order_in_which_they_came(primitives, run, kind):
    async def main():
        lock = getattr(primitives, kind)()
        order = []

        async def enter(n):
            async with lock:
                order.append(n)
                await passes()

        await asyncio.gather(*(enter(n) for n in range(5)))
        assert order == list(range(5))
        assert not lock.locked()

    run(main)


@pytest.mark.parametrize("kind", KINDS)
def test_context_manager_gives_none_and_frees_the_lock_after_an_error(primitives, run, kind):
    async def main():
        lock = getattr(primitives, kind)()
        seen = []
        try:
            async with lock as given:
                seen += [given, lock.locked()]
                raise KeyError
        except KeyError:
            seen.append(lock.locked())
        assert seen == [None, True, False]

    run(main)


@pytest.mark.parametrize("kind", KINDS)
def test_overridden_and_replaced_methods_are_called_by_async_with(primitives, run, kind):
    calls = []

    class Noisy(getattr(primitives, kind)):
        async def acquire(self):
            calls.append("acquire")
            return await super().acquire()

        def release(self):
            calls.append("release")
            super().release()

    async def main():
        async with Noisy():
            pass
        assert calls == ["acquire", "release"]
        plain = getattr(primitives, kind)()
        plain.release = lambda: calls.append("replaced")
        async with plain:
            pass
        assert calls[2:] == ["replaced"]

    run(main)


def test_methods_of_the_class_can_be_replaced(primitives, run, monkeypatch):
    async def acquire(self):
        return "replaced"

    monkeypatch.setattr(primitives.Lock, "acquire", acquire)

    async def main():
        async with primitives.Lock() as given:
            assert given is None
        assert await primitives.Lock().acquire() == "replaced"

    with pytest.raises(RuntimeError, match="Lock is not acquired"):
        run(main)


def test_errors_say_what_asyncio_says(primitives):
    with pytest.raises(RuntimeError, match=r"^Lock is not acquired\.$"):
        primitives.Lock().release()
    with pytest.raises(ValueError, match=r"^Semaphore initial value must be >= 0$"):
        primitives.Semaphore(-1)
    with pytest.raises(ValueError, match=r"^BoundedSemaphore released too many times$"):
        primitives.BoundedSemaphore().release()
    with pytest.raises(TypeError, match=r"Lock\.__init__\(\) got an unexpected keyword"):
        primitives.Lock(loop=None)


def test_a_lock_belongs_to_the_loop_in_which_somebody_waited(primitives, run):
    lock = primitives.Lock()

    async def wait():
        await lock.acquire()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lock.acquire(), 0.01)

    run(wait)
    with pytest.raises(RuntimeError, match="is bound to a different event loop"):
        run(lock.acquire())


def test_condition_of_asyncio_works_with_a_native_lock(run):
    async def main():
        condition = asyncio.Condition(trueloop.Lock())
        seen = []

        async def wait():
            async with condition:
                await condition.wait()
                seen.append(condition.locked())

        tasks = [asyncio.create_task(wait()) for _ in range(3)]
        await passes(2)
        async with condition:
            condition.notify_all()
        await asyncio.gather(*tasks)
        assert seen == [True] * 3

    run(main)


def test_event_wakes_all_and_later_ones_do_not_wait(primitives, run):
    async def main():
        event = primitives.Event()
        tasks = [asyncio.create_task(event.wait()) for _ in range(3)]
        await passes()
        assert repr(event).endswith("[unset, waiters:3]>")
        tasks[1].cancel()
        event.set()
        event.clear()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in done] == [bool, asyncio.CancelledError, bool]
        event.set()
        assert await event.wait() is True

    run(main)


# ---- whatever happens: the same sequence of events on asyncio's class and on ours

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), st.integers(0, 3)),  # hold it for so many passes
        st.tuples(st.just("cancel"), st.integers(0, 9)),
        st.tuples(st.just("release"), st.just(0)),
        st.tuples(st.just("pass"), st.integers(1, 3)),
    ),
    max_size=25,
)


def history(module, kind, value, steps):
    """What a crowd of tasks sees of one lock."""
    seen = []

    async def enter(lock, n, held_passes):
        try:
            async with lock:
                seen.append((n, "has it"))
                await passes(held_passes)
            seen.append((n, "done"))
        except asyncio.CancelledError:
            seen.append((n, "cancelled"))
        except (RuntimeError, ValueError) as error:
            seen.append((n, str(error)))

    async def main():
        lock = getattr(module, kind)(*value)
        tasks = []
        for what, number in steps:
            match what:
                case "enter":
                    tasks.append(asyncio.create_task(enter(lock, len(tasks), number)))
                case "cancel" if tasks:
                    tasks[number % len(tasks)].cancel()
                case "release":
                    try:
                        lock.release()
                    except (RuntimeError, ValueError) as error:
                        seen.append(str(error))
                case "pass":
                    await passes(number)
            seen.append((lock.locked(), repr(lock).partition("[")[2]))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        seen.append(repr(lock).partition("[")[2])

    trueloop.run(main())
    return seen


@settings(max_examples=150)
@given(steps=STEPS)
@pytest.mark.parametrize(("kind", "value"), [("Lock", ()), ("Semaphore", (2,))])
def test_a_crowd_sees_the_same_as_with_asyncios(kind, value, steps):
    ours = history(trueloop, kind, value, steps)

    assert ours == history(asyncio, kind, value, steps)
