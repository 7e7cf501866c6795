"""create_task: what a task factory is given, and eager starts."""

import asyncio
import contextvars
import sys

import pytest

import trueloop

eager = pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")


@pytest.mark.skipif(sys.version_info < (3, 14), reason="older asyncio fills in what was not given")
@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "n"},
        {"name": None},
        {"eager_start": False},
        {"eager_start": None},
        {"extra": 1},
    ],
)
def test_a_factory_gets_what_the_caller_gave_and_no_more(run, given):
    async def main():
        seen = []

        def factory(loop, coroutine, **options):
            seen.append(dict(options))
            options.pop("extra", None)
            return asyncio.Task(coroutine, loop=loop, **options)

        asyncio.get_running_loop().set_task_factory(factory)
        await asyncio.get_running_loop().create_task(asyncio.sleep(0), **given)
        return list(seen)

    assert run(main) == [given]


def test_an_unknown_keyword_is_refused(run):
    async def main():
        coroutine = asyncio.sleep(0)
        with pytest.raises(TypeError, match="nonsense"):
            asyncio.get_running_loop().create_task(coroutine, nonsense=1)
        coroutine.close()

    run(main)


def test_the_coroutine_may_be_given_by_name(run):
    async def main():
        return await asyncio.get_running_loop().create_task(coro=asyncio.sleep(0, "slept"))

    assert run(main) == "slept"


def test_no_coroutine_at_all_is_refused(run):
    async def main():
        with pytest.raises(TypeError):
            asyncio.get_running_loop().create_task()
        with pytest.raises(TypeError):
            asyncio.get_running_loop().create_task(asyncio.sleep, 1, 2)

    run(main)


def test_a_name_that_is_not_interned_is_a_name(run):
    async def main():
        keywords = {"".join(["na", "me"]): "given", "".join(["con", "text"]): None}
        task = asyncio.get_running_loop().create_task(asyncio.sleep(0), **keywords)
        await task
        return task.get_name()

    assert run(main) == "given"


def started_by_the_call(create):
    """Whether a task's first step is made inside create(coroutine, loop)."""

    async def main():
        steps = []

        async def work():
            steps.append(asyncio.current_task())
            await asyncio.sleep(0)
            return steps[0] is asyncio.current_task()

        outer = asyncio.current_task()
        task = create(work(), asyncio.get_running_loop())
        assert asyncio.current_task() is outer
        begun = bool(steps)
        assert await task
        return begun, type(task)

    return main


@eager
def test_the_eager_factory_makes_native_tasks():
    async def program():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        assert asyncio.get_running_loop().get_task_factory() is asyncio.eager_task_factory
        return await started_by_the_call(lambda coroutine, loop: asyncio.create_task(coroutine))()

    assert trueloop.run(program()) == (True, trueloop.Task)


@eager
def test_a_factory_of_ones_own_can_be_eager(run):
    async def main():
        factory = asyncio.create_eager_task_factory(asyncio.Task)
        asyncio.get_running_loop().set_task_factory(factory)
        begun, _ = await started_by_the_call(lambda coroutine, loop: loop.create_task(coroutine))()
        return begun

    assert run(main)


@pytest.mark.parametrize("eager_start", [True, False, None])
def test_eager_start_is_a_matter_of_the_call(eager_start):
    main = started_by_the_call(
        lambda coroutine, loop: loop.create_task(coroutine, eager_start=eager_start)
    )
    assert trueloop.run(main()) == (bool(eager_start), trueloop.Task)


@eager
def test_the_caller_may_overrule_the_eager_factory():
    async def program():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        return await started_by_the_call(
            lambda coroutine, loop: loop.create_task(coroutine, eager_start=False)
        )()

    assert trueloop.run(program()) == (False, trueloop.Task)


def test_before_the_run_nothing_starts_eagerly():
    loop = trueloop.new_event_loop()
    steps = []

    async def work():
        steps.append("begun")

    task = loop.create_task(work(), eager_start=True)
    assert not steps
    loop.run_until_complete(task)
    loop.close()


@eager
def test_an_eager_start_in_a_context_that_is_in_use_is_refused():
    async def work():
        """Never begun."""

    async def main():
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()

        def inside():
            coroutine = work()
            try:
                with pytest.raises(RuntimeError, match="already entered"):
                    trueloop.Task(coroutine, loop=loop, context=context, eager_start=True)
            finally:
                coroutine.close()

        context.run(inside)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    trueloop.run(main())
