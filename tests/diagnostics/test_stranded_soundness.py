"""A task that was called stranded never goes on: random programs in which every wait ends.

What wakes the tasks is handed from one odd holder to the next, and after almost every step the
program is asked who is stranded. Nobody may ever be.
"""

import asyncio
import collections
import contextlib
import contextvars
import functools
import random
import threading
import weakref

import pytest

import trueloop
from trueloop.diagnostics import reachability

pytestmark = pytest.mark.skipif(
    not reachability.is_available, reason="without the GIL nothing is claimed"
)
VARIABLE = contextvars.ContextVar("VARIABLE")
KNOWN = {}


def finish(thing):
    if isinstance(thing, asyncio.Event):
        thing.set()
    elif isinstance(thing, asyncio.Queue):
        thing.put_nowait(None)
    elif isinstance(thing, asyncio.Lock):
        thing.release()
    elif not thing.done():
        thing.set_result(None)


class Owner:
    """Holds what somebody waits for, and ends the wait when it dies."""

    def __init__(self, thing):
        self.thing = thing
        self.me = [self]

    def __call__(self, *_):
        self.me.clear()
        finish(self.thing)


class Dying:
    def __init__(self, thing):
        self.thing = thing

    def __del__(self):
        finish(self.thing)


async def wait_for(thing):
    if isinstance(thing, asyncio.Event):
        await thing.wait()
    elif isinstance(thing, asyncio.Queue):
        await thing.get()
    elif isinstance(thing, asyncio.Lock):
        async with thing:
            pass
    else:
        await thing


async def through_generator(thing):
    async def generator():
        await wait_for(thing)
        yield [thing]

    async for _ in generator():
        pass


async def through_manager(thing):
    @contextlib.asynccontextmanager
    async def manager():
        try:
            yield
        finally:
            await wait_for(thing)

    async with manager():
        pass


async def through_plumbing(thing, choice):
    if choice == 0:
        await asyncio.gather(wait_for(thing), asyncio.sleep(0))
    elif choice == 1:
        await asyncio.wait([asyncio.ensure_future(wait_for(thing))])
    elif choice == 2:
        await asyncio.shield(wait_for(thing))
    elif choice == 3:
        await asyncio.wait_for(wait_for(thing), 60)
    else:
        async with asyncio.TaskGroup() as group:
            group.create_task(wait_for(thing))


async def passes_on(thing, seconds):
    kept = collections.deque([thing])
    del thing
    await asyncio.sleep(seconds)
    finish(kept.pop())


async def waits_then_finishes(first, thing):
    with contextlib.suppress(asyncio.CancelledError):
        await wait_for(first)
    finish(thing)


def generator(thing):
    box = [thing, (yield)]
    finish(box[0])


def make(chance, loop):
    choice = chance.randrange(4)
    if choice == 0:
        return asyncio.Event()
    if choice == 1:
        return asyncio.Queue()
    if choice == 2:
        lock = asyncio.Lock()
        lock._locked = True  # by whoever will finish it
        return lock
    return loop.create_future()


def hand_over(chance, loop, thing):
    """Let something hold the thing that will end the wait for it, and nothing else do."""
    later = chance.random() / 10
    choice = chance.randrange(13)
    if choice == 0:
        loop.call_later(later, finish, thing)
    elif choice == 1:
        loop.call_later(later, functools.partial(finish, thing))
    elif choice == 2:
        loop.call_later(later, lambda: finish(thing))
    elif choice == 3:
        loop.call_later(later, Owner(thing))
    elif choice == 4:
        loop.call_later(later, lambda box: box.clear(), [Dying(thing)])
    elif choice == 5:
        suspended = generator(thing)
        next(suspended)
        loop.call_later(later, next, suspended, None)
    elif choice == 6:
        context = contextvars.copy_context()
        context.run(VARIABLE.set, thing)
        loop.call_later(later, lambda: finish(VARIABLE.get()), context=context)
    elif choice == 7:
        KNOWN[id(thing)] = thing
        loop.call_later(later, lambda key: finish(KNOWN.pop(key)), id(thing))
    elif choice == 8:
        asyncio.create_task(passes_on(thing, later))
    elif choice == 9:
        between = make(chance, loop)
        asyncio.create_task(waits_then_finishes(between, thing))
        hand_over(chance, loop, between)
    elif choice == 10:
        waker = functools.partial(loop.call_soon_threadsafe, finish, thing)
        threading.Timer(later, waker).start()
    elif choice == 11:
        loop.run_in_executor(None, threading.Event().wait, later).add_done_callback(
            functools.partial(lambda thing, _: finish(thing), thing)
        )
    else:
        weak = weakref.ref(thing)
        loop.call_later(later, lambda keep: finish(weak()), [thing])


def start(chance, thing):
    choice = chance.randrange(4)
    if choice == 0:
        return asyncio.create_task(wait_for(thing))
    if choice == 1:
        return asyncio.create_task(through_generator(thing))
    if choice == 2:
        return asyncio.create_task(through_manager(thing))
    return asyncio.create_task(through_plumbing(thing, chance.randrange(5)))


async def program(seed):
    """The names of tasks that were called stranded."""
    chance = random.Random(seed)
    loop = asyncio.get_running_loop()
    accused = set()
    tasks = []

    def ask():
        verdict = reachability.stranded(
            loop, loop.hooks.tasks(), most_objects=chance.choice([20, 300, 50_000]), most_s=1.0
        )
        if verdict is not None:
            accused.update(repr(task) for task, _ in verdict.stranded)

    for _ in range(60):
        thing = make(chance, loop)
        tasks.append(start(chance, thing))
        hand_over(chance, loop, thing)
        del thing
        if chance.random() < 0.3:
            await asyncio.sleep(chance.random() / 100)
        ask()
    while not all(task.done() for task in tasks):
        await asyncio.wait(tasks, timeout=0.005)
        ask()
    return accused


@pytest.mark.parametrize("seed", range(8))
def test_nobody_is_accused_whose_wait_ends(seed):
    assert trueloop.run(program(seed)) == set()
