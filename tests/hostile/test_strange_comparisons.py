"""Objects that may not be compared, hashed, shown or counted: their error goes to the caller."""

import asyncio
import contextvars

import pytest

import trueloop


class Surly:
    """Raises whatever it is asked."""

    def refuse(self, *_):
        raise ZeroDivisionError("ask somebody else")

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = refuse
    __hash__ = __repr__ = __str__ = __bool__ = __len__ = __iter__ = refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __float__ = __int__ = __index__ = refuse

    def __call__(self, *_):
        """A callback."""


class SurlyError(Exception):
    __eq__ = __hash__ = __repr__ = __str__ = Surly.refuse


class SurlyFuture(asyncio.Future):
    __eq__ = __hash__ = __repr__ = Surly.refuse


class SurlyAwaitable(Surly):
    def __await__(self):
        yield


@pytest.fixture(params=[asyncio, trueloop], ids=["asyncio's", "native"])
def names(request):
    """Where the primitives come from."""
    return request.param


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue"])
def test_one_goes_through_a_queue(run, names, kind):
    async def main():
        queue = getattr(names, kind)(1)
        for item in (Surly(), SurlyError()):
            await queue.put(item)
            assert await queue.get() is item
            getter = asyncio.create_task(queue.get())
            await asyncio.sleep(0)
            await queue.put(item)
            assert await getter is item

    run(main)


def test_one_does_not_spoil_a_queue_of_priorities(run, names):
    async def main():
        queue = names.PriorityQueue()
        for item in (3, 1, 2):
            queue.put_nowait(item)
        with pytest.raises(ZeroDivisionError):
            await queue.put(Surly())

        async def take():
            while True:
                await queue.get()

        with pytest.raises(ZeroDivisionError):
            await take()

    run(main)


def test_one_is_a_result_an_item_and_a_message(run, names):
    async def main():
        surly = Surly()

        async def give():
            await asyncio.sleep(0)
            return surly

        assert await names.sleep(0, surly) is surly
        assert await names.gather(give(), give(), return_exceptions=True) == [surly] * 2
        assert await names.wait_for(give(), 10) is surly
        assert await names.shield(give()) is surly
        async with names.TaskGroup() as group:
            task = group.create_task(give())
        assert task.result() is surly
        task = asyncio.create_task(give())
        task.cancel(surly)
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert len(caught.value.args) <= 1

    run(main)


def test_an_error_of_that_kind_is_raised_as_any(run, names):
    async def main():
        async def fail():
            await asyncio.sleep(0)
            raise SurlyError

        for wait in (
            asyncio.create_task(fail()),
            names.gather(fail()),
            names.wait_for(fail(), 10),
            names.shield(fail()),
        ):
            with pytest.raises(SurlyError):
                await wait
        caught = None
        try:
            async with names.TaskGroup() as group:
                group.create_task(fail())
        except BaseExceptionGroup as error:
            caught = error.exceptions
        assert [type(each) for each in caught] == [SurlyError]

    run(main)


def test_one_is_a_callback_and_is_not_removed(run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        for _ in range(3):
            future.add_done_callback(Surly())
        with pytest.raises(ZeroDivisionError):
            future.remove_done_callback(Surly())
        future.set_result(None)
        await asyncio.sleep(0)

    run(main)


def test_one_is_no_name(run):
    async def main():
        async def nothing():
            """Ends."""

        coroutine = nothing()
        with pytest.raises(ZeroDivisionError):
            asyncio.create_task(coroutine, name=Surly())
        coroutine.close()

    run(main)


def test_one_is_no_time(loop):
    with pytest.raises(ZeroDivisionError):
        loop.call_later(Surly(), print)
    loop.run_until_complete(asyncio.sleep(0))


def test_one_is_no_limit(run, names):
    async def main():
        future = asyncio.get_running_loop().create_future()
        for wait in (
            lambda: names.sleep(Surly()),
            lambda: names.wait_for(future, Surly()),
            lambda: names.timeout(Surly()).__aenter__(),
        ):
            with pytest.raises(ZeroDivisionError):
                await wait()
        with pytest.raises(ZeroDivisionError):
            names.Semaphore(Surly())

    run(main)


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
def test_one_is_waited_for_by_those_who_do_not_compare(run, names):
    async def main():
        def future():
            made = SurlyFuture(loop=asyncio.get_running_loop())
            made.set_result(1)
            return made

        assert await future() == 1
        assert await names.shield(future()) == 1
        assert await names.wait_for(future(), 10) == 1
        for wait in (
            lambda: names.gather(future()),
            lambda: names.gather(SurlyAwaitable()),
            lambda: names.wait([future()]),
        ):
            with pytest.raises(ZeroDivisionError):
                await wait()

    run(main)


def test_one_is_the_value_of_a_context_variable(run):
    variable = contextvars.ContextVar("variable")

    async def main():
        surly = Surly()
        variable.set(surly)

        async def look():
            assert variable.get() is surly
            variable.set(Surly())
            await asyncio.sleep(0)
            return variable.get()

        assert await asyncio.create_task(look()) is not surly
        assert variable.get() is surly

    run(main)


def test_an_error_nobody_reads_is_reported(run):
    async def main():
        loop = asyncio.get_running_loop()
        seen = []
        loop.set_exception_handler(lambda loop, context: seen.append(context["exception"]))

        def fail():
            raise SurlyError

        loop.call_soon(fail)
        await asyncio.sleep(0)
        future = loop.create_future()
        future.set_exception(SurlyError())
        del future
        await asyncio.sleep(0)
        return [type(each) for each in seen]

    assert run(main) == [SurlyError, SurlyError]
