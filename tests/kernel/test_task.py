"""Task: what it is waiting for, how it is cancelled, who holds it, where it was made."""

import asyncio
import gc
import inspect
import sys
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop


class Failure(Exception):
    """What the tests raise."""


def here():
    return inspect.currentframe().f_back.f_lineno


async def chain_of(loop, links):
    """Tasks each of which waits for the next; the last waits for the future returned."""
    end = loop.create_future()
    made = [asyncio.create_task(waiter(end))]
    for _ in range(links - 1):
        made.append(asyncio.create_task(waiter(made[-1])))
    await asyncio.sleep(0)
    made.reverse()
    return made, end


async def waiter(awaited):
    return await awaited


# -- cancelling


def test_cancelling_the_first_of_a_hundred_thousand_ends_them_all(loop):
    async def main():
        tasks, end = await chain_of(loop, 100_000)
        assert tasks[0].cancel("message")
        assert end.cancelled()
        for _ in range(100_001):
            if tasks[0].done():
                break
            await asyncio.sleep(0)
        assert all(task.cancelled() for task in tasks)
        assert all(task.cancelling() == 1 for task in tasks)
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]

    loop.run_until_complete(main())


@pytest.mark.parametrize("size", [1000, 100_000])
def test_a_long_chain_left_pending_can_be_collected(loop, size):
    """Each task holds the next: giving one up must not recurse through all of them."""

    async def main():
        tasks, _ = await chain_of(loop, size)
        for task in tasks:
            task._log_destroy_pending = False

    loop.hooks.abandoned = None
    loop.run_until_complete(main())
    loop.close()
    gc.collect()


@pytest.mark.parametrize("order", [[1, 0], [1, 2, 0], [1, 2, 1], [1, 2, 3, 4, 5, 2], [0]])
def test_a_cycle_cannot_be_cancelled_and_says_so(loop, order):
    """order[n] is the task that task n waits for."""
    tasks = []

    async def wait_for(n):
        await asyncio.sleep(0)
        await tasks[n]

    async def main():
        tasks.extend(asyncio.create_task(wait_for(n), name=f"t{i}") for i, n in enumerate(order))
        for _ in range(3):
            await asyncio.sleep(0)
        if order == [0]:  # asyncio refuses that await itself
            assert isinstance(tasks[0].exception(), RuntimeError)
            return
        with pytest.raises(
            RecursionError,
            match=r"^t0 cannot be cancelled: it waits for t\d, which waits for itself$",
        ):
            tasks[0].cancel()
        for task in tasks:
            task._log_destroy_pending = False

    loop.hooks.abandoned = None
    loop.hooks.circular = None  # which would not let it come to that
    loop.run_until_complete(main())
    loop.close()


# What the coroutine does with the cancellations that come.
reactions = st.lists(
    st.sampled_from(["sleep", "swallow", "uncancel", "raise", "return", "future", "spin"]),
    max_size=6,
)


@settings(max_examples=200, deadline=None)
@given(reactions, st.lists(st.sampled_from(["cancel", "cancel twice", "pass"]), max_size=8))
def test_any_reaction_to_cancellation_ends_as_on_asyncio(reactions, script):
    def outcome(factory):
        loop = factory()
        log = []

        async def stubborn():
            task = asyncio.current_task()
            for reaction in reactions:
                try:
                    if reaction == "future":
                        await loop.create_future()
                    elif reaction == "spin":
                        await asyncio.sleep(0)
                    else:
                        await asyncio.sleep(3600)
                except asyncio.CancelledError as exc:
                    log.append((reaction, exc.args, task.cancelling()))
                    if reaction == "uncancel":
                        log.append(task.uncancel())
                    elif reaction == "raise":
                        raise Failure from None
                    elif reaction == "return":
                        return "returned"
                    elif reaction == "sleep":
                        raise
            return "end"

        async def main():
            task = asyncio.create_task(stubborn())
            for move in script:
                if move == "pass":
                    await asyncio.sleep(0)
                else:
                    log.append(task.cancel(f"message {len(log)}"))
                if move == "cancel twice":
                    log.append(task.cancel())
                log.append((task.cancelling(), task.done(), task._must_cancel))
            for _ in range(30):
                task.cancel("at the end")
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            assert task.done()
            found = (await asyncio.gather(task, return_exceptions=True))[0]
            log.append((type(found), str(found), task.cancelled(), task.cancelling()))

        try:
            loop.run_until_complete(main())
            return log
        finally:
            loop.close()

    assert outcome(trueloop.new_event_loop) == outcome(asyncio.new_event_loop)


def test_cancel_before_the_first_step_closes_the_coroutine(either_loop):
    async def never():
        raise AssertionError("started")

    async def main():
        coroutine = never()
        task = asyncio.create_task(coroutine)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert inspect.getcoroutinestate(coroutine) == inspect.CORO_CLOSED

    either_loop.run_until_complete(main())


# -- who holds a task


async def lonely(finished):
    future = asyncio.get_running_loop().create_future()
    cycle = [future]
    cycle.append(cycle)
    await future
    finished.append(True)


def test_a_live_task_cannot_vanish(bare_loop):
    async def main():
        alive = weakref.ref(asyncio.create_task(lonely([])))
        await asyncio.sleep(0)
        gc.collect()
        assert alive() is not None
        assert alive() in asyncio.all_tasks()
        alive()._log_destroy_pending = False

    bare_loop.run_until_complete(main())


def test_in_debug_mode_it_vanishes_as_asyncios_does_and_says_so(either_loop, reports):
    either_loop.set_debug(True)

    async def main():
        asyncio.create_task(lonely([]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gc.collect()

    either_loop.run_until_complete(main())
    assert [message for message, _ in reports] == ["Task was destroyed but it is pending!"]


def test_a_finished_task_is_given_up(bare_loop):
    async def main():
        task = asyncio.create_task(asyncio.sleep(0))
        alive = weakref.ref(task)
        await task
        del task
        await asyncio.sleep(0)
        gc.collect()
        assert alive() is None

    bare_loop.run_until_complete(main())
    assert bare_loop.hooks.tasks() == []


# -- current_task and all_tasks


def test_the_current_task_in_tasks_callbacks_and_outside(either_loop):
    seen = []

    async def child():
        await asyncio.sleep(0)
        seen.append(asyncio.current_task().get_name())

    async def main():
        either_loop.call_soon(lambda: seen.append(asyncio.current_task()))
        await asyncio.create_task(child(), name="child")
        future = either_loop.create_future()
        future.add_done_callback(lambda f: seen.append(asyncio.current_task()))
        future.set_result(None)
        await asyncio.sleep(0)
        return asyncio.current_task()

    task = either_loop.run_until_complete(main())
    assert isinstance(task, asyncio.Task)
    assert seen == [None, "child", None]
    assert asyncio.current_task(either_loop) is None


def test_all_tasks_are_the_pending_ones_of_the_loop(either_loop, new_event_loop):
    other = new_event_loop()

    async def main():
        tasks = {asyncio.create_task(asyncio.sleep(0)) for _ in range(5)}
        foreign = other.create_task(asyncio.sleep(0))
        assert asyncio.all_tasks() == tasks | {asyncio.current_task()}
        assert asyncio.all_tasks(other) == {foreign}
        await asyncio.gather(*tasks)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return foreign

    foreign = either_loop.run_until_complete(main())
    other.run_until_complete(foreign)
    other.close()
    assert asyncio.all_tasks(either_loop) == set()


def test_what_a_task_shows_of_itself(either_loop):
    async def main():
        future = either_loop.create_future()
        task = asyncio.create_task(waiter(future), name="named")
        assert isinstance(task, asyncio.Task)
        assert isinstance(task, asyncio.Future)
        assert task._fut_waiter is None
        await asyncio.sleep(0)
        assert task._fut_waiter is future
        assert task.get_name() == "named"
        assert task.get_coro().__name__ == "waiter"
        assert [frame.f_code.co_name for frame in task.get_stack()] == ["waiter"]
        assert "named" in repr(task)
        assert "wait_for=" in repr(task)
        task.set_name(5)
        assert task.get_name() == "5"
        for refused in (lambda: task.set_result(1), lambda: task.set_exception(Failure())):
            with pytest.raises(RuntimeError, match="does not support set_"):
                refused()
        future.set_result("done")
        assert await task == "done"
        assert task._fut_waiter is None

    either_loop.run_until_complete(main())


@pytest.mark.parametrize("bad", [1, "text", print, None], ids=str)
def test_only_coroutines_are_run(either_loop, bad):
    with pytest.raises(TypeError, match="a coroutine was expected"):
        either_loop.create_task(bad)


@pytest.mark.parametrize("value", [1, "text", [], object()])
def test_what_is_yielded_by_mistake_is_thrown_back(either_loop, value):
    class Yields:
        def __await__(self):
            return (yield value)

    async def main():
        with pytest.raises(RuntimeError, match="Task got bad yield"):
            await Yields()
        return "went on"

    assert either_loop.run_until_complete(main()) == "went on"


def test_a_task_may_not_wait_for_itself(either_loop):
    async def main():
        with pytest.raises(RuntimeError, match="Task cannot await on itself"):
            await asyncio.current_task()

    either_loop.run_until_complete(main())


def test_an_interrupt_out_of_a_task_ends_the_run_and_is_kept(either_loop):
    async def interrupted():
        raise KeyboardInterrupt

    task = either_loop.create_task(interrupted())
    with pytest.raises(KeyboardInterrupt):
        either_loop.run_forever()
    assert isinstance(task.exception(), KeyboardInterrupt)
    assert either_loop.run_until_complete(asyncio.sleep(0, "on")) == "on"


def test_a_destroyed_task_of_a_subclass_made_in_python(loop):
    class Named(trueloop.Task):
        pass

    async def main():
        task = Named(waiter(loop.create_future()), loop=loop)
        await asyncio.sleep(0)
        assert task in asyncio.all_tasks()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    loop.run_until_complete(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_an_eager_task_that_waits_is_alive_and_one_that_ends_is_not(loop):
    async def main():
        ended = trueloop.Task(asyncio.sleep(0, 1), loop=loop, eager_start=True)
        assert not ended.done()
        at_once = trueloop.Task(nothing(), loop=loop, eager_start=True)
        assert at_once.done()
        assert at_once not in asyncio.all_tasks()
        assert ended in asyncio.all_tasks()
        assert await ended == 1

    async def nothing():
        pass

    loop.run_until_complete(main())
    assert loop.hooks.tasks() == []


# -- where a task was made


def test_the_place_of_creation_is_the_users_line(loop):
    async def child():
        return asyncio.current_task().created_at

    def place(line):
        return (__file__, line, f"{prefix}.main")

    prefix = "test_the_place_of_creation_is_the_users_line.<locals>"

    async def main():
        assert await asyncio.create_task(child()) == place(here())
        assert await loop.create_task(child()) == place(here())
        assert await asyncio.ensure_future(child()) == place(here())
        assert await asyncio.gather(child(), child()) == [place(here())] * 2
        assert await asyncio.wait_for(asyncio.create_task(child()), 5) == place(here())
        assert await asyncio.shield(child()) == place(here())
        async with asyncio.TaskGroup() as group:
            task = group.create_task(child())
            line = here() - 1
        assert task.result() == place(line)
        for next_one in asyncio.as_completed([child()]):
            line = here() - 1
            assert await next_one == place(line)

    loop.run_until_complete(main())


def test_the_place_of_scheduling_of_handles_and_timers(loop):
    soon = loop.call_soon(len, ())
    assert soon.created_at[:2] == (__file__, here() - 1)
    later = loop.call_later(3600, print)
    assert later.created_at[:2] == (__file__, here() - 1)
    at = loop.call_at(3600, print)
    assert at.created_at[:2] == (__file__, here() - 1)
    later.cancel()
    at.cancel()
    assert later.created_at[0] == __file__


def test_task_on_a_closed_loop_is_refused_and_its_coroutine_left_alone(new_event_loop):
    async def body() -> None: ...

    loop = new_event_loop()
    loop.close()
    task_class = trueloop.Task if isinstance(loop, trueloop.EventLoop) else asyncio.Task
    coroutine = body()
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        task_class(coroutine, loop=loop)
    coroutine.close()
