"""TaskGroup: asyncio's of the running version, whatever its children and its host do."""

import asyncio
import gc
import sys
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives.children import NEVER_S, fails, passes


def test_the_block_ends_when_all_children_have_ended(primitives, run):
    async def main():
        async with primitives.TaskGroup() as group:
            slow = group.create_task(passes(5, "slow"))
            fast = group.create_task(passes(0, "fast"), name="named")
            late = None

            async def makes_another():
                nonlocal late
                await passes(3)
                late = group.create_task(passes(5, "late"))

            group.create_task(makes_another())
        assert [slow.result(), fast.result(), late.result()] == ["slow", "fast", "late"]
        assert fast.get_name() == "named"
        async with primitives.TaskGroup():
            pass
        async with primitives.TaskGroup() as group:
            child = group.create_task(passes(1, 1))
            assert await child == 1
            await passes(2)
        async with primitives.TaskGroup() as group:
            assert await group.create_task(trueloop.sleep(0, 2)) == 2

    run(main)


def test_a_failure_cancels_the_others_and_the_block(primitives, run):
    async def main():
        with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012 - the error comes of leaving it
            async with primitives.TaskGroup() as group:
                group.create_task(fails(KeyError("a"), 2))
                other = group.create_task(passes(NEVER_S))
                await asyncio.sleep(NEVER_S)
        assert caught.value.message == "unhandled errors in a TaskGroup"
        assert [repr(each) for each in caught.value.exceptions] == ["KeyError('a')"]
        assert other.cancelled()
        assert asyncio.current_task().cancelling() == 0
        assert caught.value.__suppress_context__

    run(main)


def test_failures_of_children_and_of_the_block_come_together(primitives, run):
    async def main():
        async def fails_when_cancelled():
            try:
                await passes(NEVER_S)
            finally:
                raise ValueError

        with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012 - the error comes of leaving it
            async with primitives.TaskGroup() as group:
                group.create_task(fails_when_cancelled())
                await passes()
                raise KeyError
        assert {type(each) for each in caught.value.exceptions} == {KeyError, ValueError}

    run(main)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_more_than_a_task_comes_alone(primitives, run, error):
    async def main():
        with pytest.raises(error):  # noqa: PT012 - the error comes of leaving it
            async with primitives.TaskGroup() as group:
                group.create_task(passes(NEVER_S))
                await passes()
                raise error

    run(main)


def test_cancelling_the_host_cancels_the_children_and_waits_for_them(primitives, run):
    async def main():
        ended = []

        async def child():
            try:
                await asyncio.sleep(NEVER_S)
            finally:
                await passes(3)
                ended.append(True)

        async def host(at):
            async with primitives.TaskGroup() as group:
                group.create_task(child())
                group.create_task(child())
                if at == "block":
                    await asyncio.sleep(NEVER_S)

        for at in ("block", "end"):
            ended.clear()
            task = asyncio.create_task(host(at))
            await passes(3)
            task.cancel("enough")
            await passes(2)
            task.cancel()  # more than once changes nothing
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert ended == [True] * 2
            assert caught.value.args == ("enough",)
            assert task.cancelled()

    run(main)


def test_a_cancelled_child_is_no_failure(primitives, run):
    async def main():
        async with primitives.TaskGroup() as group:
            child = group.create_task(asyncio.sleep(NEVER_S))
            other = group.create_task(passes(5, "other"))
            await passes()
            child.cancel()
        assert child.cancelled()
        assert other.result() == "other"

    run(main)


def test_misuse_is_refused_as_by_asyncio(primitives, run):
    def refused(function, text):
        coroutine = passes()
        with pytest.raises(RuntimeError, match=text):
            function(coroutine)
        coroutine.close()

    async def main():
        group = primitives.TaskGroup()
        refused(group.create_task, "TaskGroup <TaskGroup> has not been entered")
        async with group:
            group.create_task(passes())
            with pytest.raises(RuntimeError, match="has already been entered"):
                await group.__aenter__()
            with pytest.raises(TypeError):
                group.create_task(1)
            with pytest.raises(TypeError):
                group.create_task()
            with pytest.raises(TypeError):
                group.create_task(passes(), nonsense=1)
            gc.collect()
        refused(group.create_task, "TaskGroup <TaskGroup entered> is finished")
        with pytest.raises(ExceptionGroup):  # noqa: PT012 - the error comes of leaving it
            async with primitives.TaskGroup() as group:
                group.create_task(passes(NEVER_S))
                group.create_task(fails(KeyError()))
                try:
                    await passes(NEVER_S)
                finally:
                    refused(group.create_task, "is shutting down")
        with pytest.raises(TypeError):
            primitives.TaskGroup(1)

    with pytest.warns(RuntimeWarning, match="never awaited"):
        run(main)
    group = primitives.TaskGroup()
    with pytest.raises(RuntimeError, match="no running event loop"):
        group.__aenter__().send(None)


def test_it_says_how_far_it_is(primitives, run):
    async def main():
        group = primitives.TaskGroup()
        assert repr(group) == "<TaskGroup>"
        async with group:
            child = group.create_task(passes(2))
            assert repr(group) == "<TaskGroup tasks=1 entered>"
            assert child in group._tasks
            assert "TaskGroup._on_task_done()" in repr(child)
            ((callback, _),) = child._callbacks
            assert callback == group._on_task_done
            assert callback.__self__ is group
        assert repr(group) == "<TaskGroup entered>"

    run(main)


def test_it_can_be_subclassed_in_public_and_in_private(primitives, run):
    class Noting(primitives.TaskGroup):
        def __init__(self, limit):
            super().__init__()
            self.limit = limit
            self.made = []

        def create_task(self, coro, **options):
            task = super().create_task(coro, **options)
            self.made.append(task)
            return task

        async def __aexit__(self, *error):
            try:
                return await super().__aexit__(*error)
            finally:
                self.made.append("left")

    class Patient(primitives.TaskGroup):
        """Lets the others go on when one has failed."""

        def _abort(self):
            self.aborted = True

    class Watching(primitives.TaskGroup):
        def _on_task_done(self, task):
            ended.append(task)
            super()._on_task_done(task)

    ended = []

    async def main():
        async with Noting(3) as group:
            child = group.create_task(passes(2), name="child")
        assert group.made == [child, "left"]
        assert group.limit == 3

        with pytest.raises(ExceptionGroup):  # noqa: PT012 - the error comes of leaving it
            async with Patient() as patient:
                patient.create_task(fails(KeyError()))
                survivor = patient.create_task(passes(6, "survived"))
        assert patient.aborted
        assert survivor.result() == "survived"

        async with Watching() as watching:
            children = [watching.create_task(passes(n)) for n in (1, 2)]
        assert ended == children

    run(main)


def test_private_methods_that_are_replaced_in_the_class_are_called(primitives, run, monkeypatch):
    seen = []
    original = primitives.TaskGroup._on_task_done

    def noting(self, task):
        seen.append(task)
        return original(self, task)

    async def main():
        async with primitives.TaskGroup() as group:
            child = group.create_task(passes(1))
        assert seen == [child]

    monkeypatch.setattr(primitives.TaskGroup, "_on_task_done", noting)
    run(main)


def test_it_works_where_the_loop_is_told_otherwise(primitives, run):
    """A task factory, an instrumented call_soon, debug mode."""
    made = []

    def factory(loop, coroutine, **options):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main():
        loop = asyncio.get_running_loop()
        made.clear()
        loop.set_task_factory(factory)
        async with primitives.TaskGroup() as group:
            children = [group.create_task(passes(n, n)) for n in (1, 2)]
        assert [child.result() for child in children] == [1, 2]
        assert len(made) == 2
        loop.set_task_factory(None)

        call_soon, seen = loop.call_soon, []

        def noting_call_soon(callback, *args, context=None):
            seen.append(callback)
            return call_soon(callback, *args, context=context)

        with pytest.raises(ExceptionGroup):  # noqa: PT012 - the error comes of leaving it
            async with primitives.TaskGroup() as group:
                group.create_task(passes(1))
                group.create_task(fails(KeyError(), 2))
                loop.call_soon = noting_call_soon
        del loop.call_soon
        assert seen

    run(main)
    run(main, debug=True)


def test_nothing_of_it_is_kept_when_it_is_over(primitives, run):
    async def main():
        group = primitives.TaskGroup()
        gone = weakref.ref(group)
        async with group:
            group.create_task(passes(1))
            group.create_task(passes(2))
        del group
        await passes()  # what has woken this task is gone, too
        gc.collect()
        assert gone() is None

        gc.disable()
        try:
            group = primitives.TaskGroup()
            gone = weakref.ref(group)
            async with group:
                group.create_task(passes(1))
            del group
            await passes()
            assert gone() is None  # without the help of the collector
        finally:
            gc.enable()

    run(main)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_children_may_end_eagerly(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        async with primitives.TaskGroup() as group:
            assert group.create_task(passes(0, 1)).result() == 1
            named = group.create_task(passes(2, 2), name="named")
        assert named.result() == 2
        assert named.get_name() == "named"
        with pytest.raises(ExceptionGroup):  # noqa: PT012 - the error comes of leaving it
            async with primitives.TaskGroup() as group:
                group.create_task(fails(KeyError()))
                await passes(9)

    run(main)


@pytest.mark.skipif(sys.version_info < (3, 14), reason="any keyword is passed on since 3.14")
def test_keywords_are_passed_on(primitives, run):
    async def main():
        async with primitives.TaskGroup() as group:
            assert group.create_task(passes(0, 1), eager_start=True).result() == 1
            assert not group.create_task(passes(0, 1), eager_start=False).done()

    run(main)


@pytest.mark.skipif(not hasattr(asyncio.TaskGroup, "cancel"), reason="cancel() came with 3.15")
def test_it_can_be_cancelled_as_a_whole(primitives, run):
    async def main():
        async with primitives.TaskGroup() as group:
            child = group.create_task(passes(NEVER_S))
            await passes()
            group.cancel()
            await passes(NEVER_S)
        assert child.cancelled()
        assert asyncio.current_task().cancelling() == 0
        unused = primitives.TaskGroup()
        unused.cancel()
        async with unused:
            await passes(NEVER_S)

    run(main)


plans = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(["value", "error", "cancelled", "stubborn", "spawns", "base error"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=80, deadline=None)
@given(
    plans,
    st.sampled_from(["nothing", "error", "passes", "waits"]),
    st.lists(st.integers(0, 4), max_size=2),
)
def test_it_cannot_be_told_from_asyncios(plan, block, cancels):
    async def main(task_group):
        loop = asyncio.get_running_loop()
        seen = []

        async def child(group, number, count, how):
            try:
                await passes(count)
                if how == "error":
                    raise KeyError(number)
                if how == "base error":
                    raise asyncio.CancelledError("own", number)
                if how == "spawns":
                    group.create_task(child(group, number + 10, 2, "value"))
                if how in ("cancelled", "stubborn"):
                    await passes(NEVER_S)
            except asyncio.CancelledError as error:
                seen.append((number, error.args))
                if how == "stubborn":
                    await passes(2)
                    raise ValueError(number) from None
                raise
            finally:
                seen.append((number, "ends"))

        async def host():
            try:
                async with task_group() as group:
                    children = [
                        group.create_task(child(group, number, *each))
                        for number, each in enumerate(plan)
                    ]
                    for number, (count, how) in enumerate(plan):
                        if how == "cancelled":
                            later(count, children[number].cancel, f"cancel {number}")
                    if block == "error":
                        raise IndexError
                    if block == "passes":
                        await passes(2)
                    if block == "waits":
                        await loop.create_future()
            except BaseException as error:
                seen.append(shown(error))
                seen.append(shown(error.__context__))
            finally:
                seen.append(("left", asyncio.current_task().cancelling(), repr(group)))
            await passes(2)

        def later(count, function, *args):
            if count:
                loop.call_soon(later, count - 1, function, *args)
            else:
                function(*args)

        task = asyncio.create_task(host())
        for count in cancels:
            later(count + 1, task.cancel, f"host {count}")
        if block == "waits":
            later(12, task.cancel, "at last")
        bystander = asyncio.create_task(passes(40))
        await asyncio.wait([task])
        seen.append((task.cancelled(), None if task.cancelled() else shown(task.exception())))
        await bystander
        return seen

    def shown(error):
        if isinstance(error, BaseExceptionGroup):
            return type(error), error.message, sorted(map(repr, error.exceptions))
        return repr(error)

    def outcome(loop_factory, task_group):
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(main(task_group))

    expected = outcome(asyncio.new_event_loop, asyncio.TaskGroup)
    assert outcome(trueloop.new_event_loop, trueloop.TaskGroup) == expected
    assert outcome(asyncio.new_event_loop, trueloop.TaskGroup) == expected
