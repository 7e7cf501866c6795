"""Future: states, callbacks, and what is read of its exception."""

import asyncio
import gc
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop


class Failure(Exception):
    """What the tests raise."""


def drain(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_it_is_an_asyncio_future(either_loop):
    future = either_loop.create_future()
    assert isinstance(future, asyncio.Future)
    assert asyncio.isfuture(future)
    assert not isinstance(future, asyncio.Task)
    assert future.get_loop() is either_loop
    assert repr(future) == "<Future pending>"
    future.set_result(1)
    assert repr(future) == "<Future finished result=1>"


callbacks = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 3)),
        st.tuples(st.just("remove"), st.integers(0, 3)),
        st.just(("finish", 0)),
        st.just(("await", 0)),
    ),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(callbacks)
def test_callbacks_behave_as_asyncios(script):
    def outcome(factory):
        loop = factory()
        future = loop.create_future()
        log, found, tasks = [], [], []
        marks = [lambda f, n=n: log.append(n) for n in range(4)]

        async def wait(n):
            await future
            log.append(("awaited", n))

        try:
            for n, (move, which) in enumerate(script):
                if move == "add":
                    future.add_done_callback(marks[which])
                elif move == "remove":
                    found.append(future.remove_done_callback(marks[which]))
                elif move == "await":
                    tasks.append(loop.create_task(wait(n)))
                    drain(loop)
                elif not future.done():
                    future.set_result(None)
            if not future.done():
                future.set_result(None)
            drain(loop)
            for task in tasks:
                loop.run_until_complete(task)
            return log, found
        finally:
            loop.close()

    assert outcome(trueloop.new_event_loop) == outcome(asyncio.new_event_loop)


def test_a_callback_that_compares_in_python_may_change_the_list(either_loop):
    """remove_done_callback asks each callback whether it is equal: that is the program's code."""

    class Meddling:
        def __init__(self, action):
            self.action = action

        def __eq__(self, other):
            self.action()
            return other is wanted

        def __call__(self, future):
            pass

        __hash__ = None

    def wanted(future):
        pass

    for action in (
        lambda future: future.remove_done_callback(print),
        lambda future: future.add_done_callback(print),
        lambda future: future.done() or future.set_result(None),
        lambda future: future.cancel(),
    ):
        future = either_loop.create_future()
        once = [action]
        future.add_done_callback(print)
        for _ in range(4):
            future.add_done_callback(Meddling(lambda f=future, o=once: o and o.pop()(f)))
        future.remove_done_callback(wanted)
        gc.collect()
        future.cancel()
    either_loop.close()


def test_a_result_is_set_once(either_loop):
    future = either_loop.create_future()
    with pytest.raises(asyncio.InvalidStateError):
        future.result()
    with pytest.raises(asyncio.InvalidStateError):
        future.exception()
    future.set_result(1)
    for again in (lambda: future.set_result(2), lambda: future.set_exception(Failure())):
        with pytest.raises(asyncio.InvalidStateError):
            again()
    assert not future.cancel()
    assert future.result() == 1
    assert future.exception() is None


@pytest.mark.parametrize("value", [(1, 2), StopIteration(3), Failure(), None, [], ()])
def test_an_awaited_result_is_the_very_object(either_loop, value):
    async def main():
        future = either_loop.create_future()
        either_loop.call_soon(future.set_result, value)
        assert await future is value
        assert await future is value
        return [await asyncio.shield(future) for _ in range(3)]

    assert all(found is value for found in either_loop.run_until_complete(main()))


def test_an_exception_is_raised_with_the_traceback_of_its_making_each_time(loop):
    """asyncio's grows with each await."""

    def deep():
        raise Failure

    def lines(exc):
        found = []
        traceback = exc.__traceback__
        while traceback:
            found.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        return found

    async def reader(future):
        await future

    async def main():
        future = loop.create_future()
        try:
            deep()
        except Failure as exc:
            future.set_exception(exc)
        found = []
        for _ in range(3):
            try:
                await reader(future)
            except Failure as exc:
                found.append(lines(exc))
        assert found == [["main", "reader", "main", "deep"]] * 3

    loop.run_until_complete(main())


def test_cancel_keeps_its_message(either_loop):
    async def main():
        future = either_loop.create_future()
        assert future.cancel("why")
        assert not future.cancel("again")
        with pytest.raises(asyncio.CancelledError, match=r"^why$"):
            await future
        with pytest.raises(asyncio.CancelledError, match=r"^why$"):
            future.result()
        with pytest.raises(asyncio.CancelledError, match=r"^why$"):
            future.exception()

    either_loop.run_until_complete(main())


def test_an_exception_that_nobody_reads_is_reported(either_loop, reports):
    future = either_loop.create_future()
    future.set_exception(Failure("lost"))
    del future
    gc.collect()
    [(message, exc)] = reports
    assert message == "Future exception was never retrieved"
    assert isinstance(exc, Failure)


@pytest.mark.parametrize(
    "read",
    [
        lambda future: future.exception(),
        lambda future: future.cancel(),
        lambda future: setattr(future, "_log_traceback", False),
    ],
)
def test_an_exception_that_was_looked_at_is_not_reported(either_loop, reports, read):
    future = either_loop.create_future()
    future.set_exception(Failure("seen"))
    read(future)
    del future
    gc.collect()
    assert reports == []


def test_reads_are_counted_up_to_three(loop):
    future = loop.create_future()
    future.set_exception(Failure())
    for expected in (1, 2, 3, 3, 3):
        future.exception()
        assert future.reads == expected


def test_iterating_by_hand(either_loop):
    future = either_loop.create_future()
    iterator = iter(future)
    assert next(iterator) is future
    assert future._asyncio_future_blocking
    with pytest.raises(RuntimeError, match="await wasn't used with future"):
        next(iterator)
    future._asyncio_future_blocking = False
    future.set_result("done")
    with pytest.raises(StopIteration) as stop:
        next(iterator)
    assert stop.value.value == "done"
    with pytest.raises(StopIteration):
        next(iterator)


def test_throwing_into_an_iterator(either_loop):
    future = either_loop.create_future()
    iterator = future.__await__()
    next(iterator)
    with pytest.raises(Failure):
        iterator.throw(Failure())
    with pytest.raises(TypeError):
        future.__await__().throw(1)


def test_a_subclass_made_in_python(loop):
    class Named(trueloop.Future):
        def __init__(self, name, **options):
            super().__init__(**options)
            self.name = name

    async def main():
        future = Named("mine", loop=loop)
        loop.call_soon(future.set_result, 1)
        assert await future == 1
        assert future.name == "mine"
        assert isinstance(future, trueloop.Future)
        failed = Named("lost", loop=loop)
        failed.set_exception(Failure())

    lost = []
    loop.set_exception_handler(lambda loop, context: lost.append(context["message"]))
    loop.run_until_complete(main())
    gc.collect()
    assert lost == ["Named exception was never retrieved"]


def test_a_future_never_initialised_is_refused_and_harmless():
    for kind in (trueloop.Future, trueloop.Task):
        blank = kind.__new__(kind)
        for call in (
            blank.get_loop,
            blank.cancel,
            lambda blank=blank: blank.add_done_callback(print),
            lambda blank=blank: blank.remove_done_callback(print),
            lambda blank=blank: iter(blank),
            blank.__await__,
        ):
            with pytest.raises(RuntimeError, match=r"^Future object is not initialized\.$"):
                call()
        with pytest.raises((RuntimeError, asyncio.InvalidStateError)):
            blank.result()
        assert not blank.done()
        del blank
    gc.collect()


def test_a_future_of_another_loop_is_refused(either_loop, new_event_loop):
    other = new_event_loop()

    async def main():
        await other.create_future()

    with pytest.raises(RuntimeError, match="attached to a different loop"):
        either_loop.run_until_complete(main())
    other.close()


def test_asyncios_own_future_on_this_loop_and_the_reverse(either_loop, new_event_loop):
    async def main():
        for kind in (asyncio.Future, trueloop.Future, asyncio.futures._PyFuture):
            future = kind(loop=either_loop)
            either_loop.call_soon(future.set_result, kind)
            assert await future is kind
            future = kind(loop=either_loop)
            either_loop.call_soon(future.set_exception, Failure())
            with pytest.raises(Failure):
                await future
            future = kind(loop=either_loop)
            either_loop.call_soon(future.cancel)
            with pytest.raises(asyncio.CancelledError):
                await future

    either_loop.run_until_complete(main())


@pytest.mark.parametrize(
    "bad", [1, "text", object, None], ids=lambda bad: getattr(bad, "__name__", str(bad))
)
def test_only_exceptions_are_set(either_loop, bad):
    future = either_loop.create_future()
    with pytest.raises(TypeError):
        future.set_exception(bad)
    assert not future.done()


def test_a_future_keeps_its_type_argument():
    assert trueloop.Future[int].__args__ == (int,)
    assert sys.getsizeof(trueloop.Future[int]) > 0
