"""A coroutine runs where it is awaited; a task runs as soon as its creator suspends."""

import asyncio
import inspect


async def work(name, log):
    log.append(f"{name} starts")
    for stage in (1, 2):
        await asyncio.sleep(0)
        log.append(f"{name} stage {stage}")


def test_calling_a_coroutine_function_runs_none_of_its_body(run):
    async def main():
        log = []
        coroutine = work("a", log)
        assert inspect.iscoroutine(coroutine)
        await asyncio.sleep(0)
        assert log == []
        await coroutine
        return log

    assert run(main) == ["a starts", "a stage 1", "a stage 2"]


def test_awaited_coroutines_run_one_after_the_other(run):
    async def main():
        log = []
        first, second = work("a", log), work("b", log)
        log.append("await a")
        await first
        log.append("await b")
        await second
        return log

    assert run(main) == [
        "await a",
        *("a starts", "a stage 1", "a stage 2"),
        "await b",
        *("b starts", "b stage 1", "b stage 2"),
    ]


def test_tasks_take_turns_at_every_suspension(run):
    async def main():
        log = []
        first = asyncio.create_task(work("a", log))
        second = asyncio.create_task(work("b", log))
        log.append("await a")
        await first
        log.append("await b")
        await second
        return log

    assert run(main) == [
        "await a",
        *("a starts", "b starts"),
        *("a stage 1", "b stage 1"),
        *("a stage 2", "b stage 2"),
        "await b",
    ]


def test_a_new_task_starts_only_when_its_creator_suspends(run):
    async def main():
        log = []
        task = asyncio.create_task(work("a", log))
        log += range(10)
        assert log == list(range(10))
        await asyncio.sleep(0)
        assert log[10:] == ["a starts"]
        await task

    run(main)


def test_a_task_nobody_awaits_starts_after_main_has_returned_and_is_then_cancelled(run):
    log = []

    async def background():
        log.append("background starts")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("background cancelled")
            raise

    async def main():
        asyncio.create_task(background(), name="background")
        log.append("main returns")

    run(main)
    assert log == ["main returns", "background starts", "background cancelled"]


def test_a_task_goes_on_when_its_creator_has_finished(run):
    async def main():
        log = []
        release = asyncio.Event()

        async def child():
            await release.wait()
            log.append("child")

        async def creator():
            log.append("creator")
            return asyncio.create_task(child())

        task = await asyncio.create_task(creator())
        assert not task.done()
        release.set()
        await task
        return log

    assert run(main) == ["creator", "child"]


def test_awaiting_a_coroutine_keeps_its_caller_but_lets_other_tasks_run(run):
    async def main():
        log = []
        other = asyncio.create_task(work("other", log))
        await work("inline", log)
        log.append("caller goes on")
        await other
        return log

    assert run(main) == [
        *("inline starts", "other starts"),
        *("inline stage 1", "other stage 1"),
        *("inline stage 2", "caller goes on", "other stage 2"),
    ]


def test_awaiting_a_coroutine_that_never_suspends_lets_nothing_else_run(run):
    async def main():
        log = []

        async def immediate():
            log.append("inline")

        other = asyncio.create_task(work("other", log))
        for _ in range(3):
            await immediate()
        assert log == ["inline"] * 3
        await other

    run(main)


def test_a_task_is_joined_after_other_work(run):
    async def main():
        async def work():
            await asyncio.sleep(0)
            return 42

        task = asyncio.create_task(work())
        other_work = sum(range(10))
        return other_work, await task

    assert run(main) == (45, 42)


def test_sleepers_wake_in_the_order_of_their_deadlines(run):
    async def main():
        log = []

        async def sleeper(delay_s):
            await asyncio.sleep(delay_s)
            log.append(delay_s)

        async with asyncio.TaskGroup() as group:
            for delay_s in (0.02, 0.005, 0.01, 0):
                group.create_task(sleeper(delay_s))
        return log

    assert run(main) == [0, 0.005, 0.01, 0.02]


def test_run_returns_only_when_main_has_finished(run):
    log = []

    async def main():
        for step in range(3):
            log.append(step)
            await asyncio.sleep(0)
        return "finished"

    assert run(main()) == "finished"
    assert log == [0, 1, 2]
