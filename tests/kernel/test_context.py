"""Contexts: sharing must not be seen. What one sets, no other sees; all is as if copied."""

import asyncio
import contextvars
import gc
import socket
import sys
import threading
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop

V = contextvars.ContextVar("V", default="unset")
W = contextvars.ContextVar("W", default="unset")


class Value:
    """Something that a weak reference can watch."""


# -- one program, two loops: what every step saw must be the same

# What a step may do. A program is a tree of nodes; each runs as a task, a callback, a timer or a
# done-callback, and does its actions in order, logging what it sees.
actions = st.recursive(
    st.sampled_from(["look", "set V", "set W", "reset", "yield", "same value", "copy", "get"]),
    lambda inner: st.tuples(
        st.sampled_from(["task", "soon", "later", "done", "own context", "await", "keep"]),
        st.lists(inner, max_size=5),
    ),
    max_leaves=25,
)


class Program:
    def __init__(self, loop):
        self.loop = loop
        self.log = []
        self.counter = 0
        self.running = 0
        self.idle = None
        self.errors = []
        loop.set_exception_handler(lambda loop, context: self.errors.append(repr(context)))

    def look(self, name):
        self.log.append((name, V.get(), W.get()))

    def simple(self, name, action, tokens):
        if action == "set V":
            self.counter += 1
            tokens.append((V, V.set(self.counter)))
        elif action == "set W":
            self.counter += 1
            tokens.append((W, W.set(self.counter)))
        elif action == "same value":
            V.set(V.get())
        elif action == "reset" and tokens:
            variable, token = tokens.pop()
            variable.reset(token)
        elif action == "copy":
            contextvars.copy_context().run(V.set, "in a copy")
        self.look(name)

    def spawn(self, name, kind, inner):
        self.running += 1
        if kind == "task":
            return self.loop.create_task(self.coroutine(name, inner))
        if kind == "own context":
            context = contextvars.copy_context()
            context.run(W.set, name)
            return self.loop.create_task(self.coroutine(name, inner), context=context)
        if kind == "soon":
            self.loop.call_soon(self.callback, name, inner)
        elif kind == "later":
            self.loop.call_later(0, self.callback, name, inner)
        elif kind == "keep":
            handle = self.loop.call_soon(self.callback, name, inner)
            if sys.version_info >= (3, 12):
                assert handle.get_context() is handle.get_context()
        else:
            future = self.loop.create_future()
            future.add_done_callback(lambda f: self.callback(name, inner))
            future.add_done_callback(lambda f: V.set("in a done-callback"))
            future.set_result(None)
        return None

    def callback(self, name, script):
        tokens = []
        for n, action in enumerate(script):
            if isinstance(action, tuple):
                self.spawn(f"{name}.{n}", "soon" if action[0] == "await" else action[0], action[1])
            else:
                self.simple(name, action, tokens)
        self.finish(name)

    async def coroutine(self, name, script):
        tokens = []
        for n, action in enumerate(script):
            if action == "yield":
                await asyncio.sleep(0)
                self.look(name)
            elif action == "get" and sys.version_info >= (3, 12):
                context = asyncio.current_task().get_context()
                assert context[V] == V.get() if V in context else V.get() == "unset"
            elif not isinstance(action, tuple):
                self.simple(name, action, tokens)
            elif action[0] == "await":
                await self.spawn(f"{name}.{n}", "task", action[1])
                self.look(name)
            else:
                self.spawn(f"{name}.{n}", *action)
        self.finish(name)

    def finish(self, name):
        self.look(name)
        self.running -= 1
        if not self.running and not self.idle.done():
            self.idle.set_result(None)

    async def main(self, scripts):
        self.idle = self.loop.create_future()
        for n, script in enumerate(scripts):
            kind, inner = script if isinstance(script, tuple) else ("soon", [script])
            self.spawn(str(n), "task" if kind == "await" else kind, inner)
        if scripts:
            await self.idle
        self.look("main")


def seen(factory, scripts):
    loop = factory()
    try:
        program = Program(loop)
        loop.run_until_complete(program.main(scripts))
        assert program.errors == []
    finally:
        loop.close()
    assert V.get() == W.get() == "unset"
    # Which timer of the same moment comes first is not the point here.
    return sorted(program.log, key=repr)


@settings(max_examples=300, deadline=None)
@given(st.lists(actions, max_size=6))
def test_any_program_sees_the_same_values_on_both_loops(scripts):
    assert seen(trueloop.new_event_loop, scripts) == seen(asyncio.new_event_loop, scripts)


# -- the points where sharing could show


def drain(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_what_a_callback_sets_the_next_one_does_not_see(either_loop):
    found = []

    def callback(n):
        found.append(V.get())
        V.set(n)
        found.append(V.get())

    for n in range(3):
        either_loop.call_soon(callback, n)
    drain(either_loop)
    assert found == ["unset", 0, "unset", 1, "unset", 2]
    assert V.get() == "unset"


def test_what_a_done_callback_sets_the_next_one_does_not_see(either_loop):
    found = []

    def callback(future):
        found.append(V.get())
        V.set("set")

    future = either_loop.create_future()
    for _ in range(3):
        future.add_done_callback(callback)
    future.set_result(None)
    drain(either_loop)
    assert found == ["unset"] * 3


def test_what_a_failing_callback_set_is_gone_after_it(either_loop, reports):
    found = []

    def callback():
        found.append(V.get())
        V.set("set")
        raise ValueError

    for _ in range(2):
        either_loop.call_soon(callback)
    drain(either_loop)
    assert found == ["unset", "unset"]
    assert len(reports) == 2


def test_a_token_is_good_in_a_later_step_of_its_task(either_loop):
    async def task(value):
        token = V.set(value)
        await asyncio.sleep(0)
        assert V.get() == value
        await asyncio.sleep(0)
        V.reset(token)
        await asyncio.sleep(0)
        assert V.get() == "unset"

    async def main():
        await asyncio.gather(*map(task, range(5)))

    either_loop.run_until_complete(main())


def test_a_token_of_another_task_is_refused(either_loop):
    async def setter():
        return V.set("theirs")

    async def main():
        token = await asyncio.create_task(setter())
        with pytest.raises(ValueError, match="was created in a different Context"):
            V.reset(token)

    either_loop.run_until_complete(main())


def test_a_task_inherits_what_was_set_when_it_was_made(either_loop):
    async def child():
        await asyncio.sleep(0)
        return V.get()

    async def main():
        V.set("before")
        task = asyncio.create_task(child())
        V.set("after")
        return await task

    assert either_loop.run_until_complete(main()) == "before"


def test_one_task_changing_its_context_leaves_a_thousand_sharing_theirs(either_loop):
    async def task(n):
        await asyncio.sleep(0)
        if n % 100 == 0:
            V.set(n)
        await asyncio.sleep(0)
        return V.get()

    async def main():
        return await asyncio.gather(*map(task, range(1000)))

    found = either_loop.run_until_complete(main())
    assert found == [n if n % 100 == 0 else "unset" for n in range(1000)]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="get_context() came with 3.12")
def test_a_tasks_context_is_one_object_for_its_whole_life(either_loop):
    inside = []

    async def task():
        inside.append(asyncio.current_task().get_context())
        V.set("set")
        await asyncio.sleep(0)
        inside.append(asyncio.current_task().get_context())

    async def main():
        made = asyncio.create_task(task())
        before = made.get_context()
        await made
        assert made.get_context() is before
        assert all(context is before for context in inside)
        assert before[V] == "set"

    either_loop.run_until_complete(main())


@pytest.mark.skipif(sys.version_info < (3, 12), reason="get_context() came with 3.12")
def test_the_context_asked_for_in_the_middle_has_what_was_set_before(either_loop):
    async def task():
        V.set("set")
        context = asyncio.current_task().get_context()
        assert context[V] == "set"
        V.set("set again")
        assert context[V] == "set again"
        await asyncio.sleep(0)
        assert asyncio.current_task().get_context() is context

    either_loop.run_until_complete(task())


def test_a_given_context_is_used_as_it_is(either_loop):
    context = contextvars.copy_context()

    async def task():
        V.set("by the task")
        await asyncio.sleep(0)

    async def main():
        await asyncio.create_task(task(), context=context)
        either_loop.call_soon(W.set, "by the callback", context=context)
        await asyncio.sleep(0)

    either_loop.run_until_complete(main())
    assert context[V] == "by the task"
    assert context[W] == "by the callback"


def test_two_tasks_may_be_given_one_context(either_loop):
    context = contextvars.copy_context()
    found = []

    async def task(name):
        found.append(V.get())
        V.set(name)
        await asyncio.sleep(0)
        found.append(V.get())

    async def main():
        await asyncio.gather(
            asyncio.create_task(task("a"), context=context),
            asyncio.create_task(task("b"), context=context),
        )

    either_loop.run_until_complete(main())
    assert found == ["unset", "a", "b", "b"]


def test_a_callback_in_a_context_that_is_in_use_is_reported(either_loop, reports):
    context = contextvars.copy_context()
    either_loop.call_soon(int, context=context)

    def inside():
        drain(either_loop)

    context.run(inside)
    if sys.version_info < (3, 12):  # later ones call the handler in that very context: in vain
        [(_, exc)] = reports
        assert isinstance(exc, RuntimeError)
        assert "is already entered" in str(exc)


def test_what_an_awaitable_sets_while_it_is_asked_to_call_back_stays_apart(loop):
    """A foreign future's add_done_callback is the program's code, run between two steps."""

    class Foreign:
        _asyncio_future_blocking = False

        def get_loop(self):
            return loop

        def add_done_callback(self, callback, *, context):
            V.set("leaked")
            loop.call_soon(callback, self, context=context)

        def result(self):
            return None

        def __await__(self):
            self._asyncio_future_blocking = True
            yield self

    async def first():
        await Foreign()

    async def second():
        await asyncio.sleep(0)
        return V.get()

    async def main():
        return (await asyncio.gather(first(), second(), second()))[1:]

    assert loop.run_until_complete(main()) == ["unset", "unset"]


def test_what_a_hook_sets_no_task_sees(loop):
    loop.hooks.before_step = loop.hooks.after_step = lambda task: W.set("hooked")

    async def task():
        await asyncio.sleep(0)
        return V.get()

    async def main():
        return await asyncio.gather(*(task() for _ in range(10)))

    assert loop.run_until_complete(main()) == ["unset"] * 10
    loop.hooks.before_step = loop.hooks.after_step = None
    assert loop.run_until_complete(task()) == "unset"
    assert W.get() == "unset"


def test_a_run_leaves_the_callers_context_as_it_was(either_loop):
    V.set("callers")
    try:

        async def main():
            assert V.get() == "callers"
            V.set("mains")

        either_loop.run_until_complete(main())
        assert V.get() == "callers"
        with pytest.raises(KeyboardInterrupt):
            either_loop.run_until_complete(interrupted())
        assert V.get() == "callers"
    finally:
        V.set("unset")


async def interrupted():
    V.set("interrupted")
    raise KeyboardInterrupt


def test_a_signal_of_another_thread_runs_in_the_posters_context(either_loop):
    found = []

    def poster():
        V.set("poster")
        either_loop.call_soon_threadsafe(lambda: found.append(V.get()))
        either_loop.call_soon_threadsafe(either_loop.stop)

    thread = threading.Thread(target=poster)
    thread.start()
    either_loop.run_forever()
    thread.join()
    assert found == ["poster"]


def test_a_reader_runs_in_a_copy_each_of_the_context_it_was_added_in(either_loop):
    left, right = socket.socketpair()
    found = []

    def readable():
        found.append(V.get())
        V.set("set by reader")
        if len(found) == 2:
            either_loop.remove_reader(left)
            either_loop.stop()

    with left, right:
        context = contextvars.copy_context()
        context.run(V.set, "added here")
        context.run(either_loop.add_reader, left, readable)
        right.send(b"x")
        either_loop.run_forever()
    assert found == ["added here", "set by reader"]


def test_a_loop_asleep_keeps_no_value_alive(either_loop):
    """Sharing remembers the last context; not for longer than the loop has work."""
    left, right = socket.socketpair()
    watched = []

    async def task():
        value = Value()
        watched.append(weakref.ref(value))
        V.set(value)
        either_loop.call_soon(int)

    def readable():
        gc.collect()
        watched.append(watched[0]())
        either_loop.stop()

    def wake():
        right.send(b"x")

    with left, right:
        either_loop.add_reader(left, readable)
        task_made = either_loop.create_task(task())
        either_loop.run_until_complete(asyncio.sleep(0))
        del task_made
        thread = threading.Timer(0.05, wake)
        thread.start()
        either_loop.run_forever()
        thread.join()
        either_loop.remove_reader(left)
    assert watched[1] is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
class TestEagerTasks:
    @pytest.fixture
    def eager(self, either_loop):
        """Make a task of the loop's own type that takes its first step at once."""
        kind = asyncio.Task if "Unix" in type(either_loop).__name__ else trueloop.Task
        either_loop.set_task_factory(asyncio.create_eager_task_factory(kind))

    @pytest.mark.usefixtures("eager")
    def test_the_first_step_does_not_change_the_makers_context(self, either_loop):
        async def child():
            V.set("childs")
            await asyncio.sleep(0)
            return V.get()

        async def main():
            V.set("makers")
            task = asyncio.create_task(child())
            assert V.get() == "makers"
            assert await task == "childs"
            assert V.get() == "makers"

        either_loop.run_until_complete(main())

    @pytest.mark.usefixtures("eager")
    def test_eager_within_eager_within_a_callback(self, either_loop):
        found = []

        async def inner(n):
            current = asyncio.current_task()
            found.append((n, V.get()))
            V.set(n)
            if n:
                await asyncio.create_task(inner(n - 1))
            found.append((n, V.get()))
            assert asyncio.current_task() is current

        def callback():
            V.set("callback")
            either_loop.create_task(inner(3))
            found.append(V.get())
            assert asyncio.current_task() is None

        either_loop.call_soon(callback)
        drain(either_loop)
        assert found == [
            (3, "callback"),
            (2, 3),
            (1, 2),
            (0, 1),
            (0, 0),
            (1, 1),
            (2, 2),
            (3, 3),
            "callback",
        ]
