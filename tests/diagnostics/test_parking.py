"""Whether a task is parked is read from the code that waits."""

import asyncio
import sys

import pytest

import trueloop
from trueloop.diagnostics import parking
from trueloop.diagnostics.parking import Parking


class Stored:
    def __init__(self):
        self.event = asyncio.Event()
        self.future = asyncio.Future()

    def make(self):
        return asyncio.Future()


stored = {}


async def yes_future():
    await asyncio.Future()


async def yes_created():
    await asyncio.get_running_loop().create_future()


async def yes_event():
    await asyncio.Event().wait()


async def yes_inside_with():
    async with asyncio.Lock():
        await asyncio.Future()


async def perhaps_named():
    for_ever = asyncio.Future()
    await for_ever


async def perhaps_event():
    stop = asyncio.Event()
    while not stop.is_set():
        await stop.wait()


async def perhaps_in_try():
    for_ever = asyncio.Future()
    try:
        await for_ever
    finally:
        stored.clear()


async def hardly_event():
    await Stored().event.wait()


async def hardly_future():
    await Stored().future


async def hardly_called():
    await Stored().make()


async def no_value_used():
    return await asyncio.ensure_future(Stored().future)


async def no_given():
    future = asyncio.Future()
    stored[1] = future
    await future


async def no_returned():
    future = asyncio.Future()
    return await future


async def no_printed():
    future = asyncio.Future()
    value = await future
    print(value)


async def no_given_event():
    event = asyncio.Event()
    stored[1] = event
    await event.wait()


async def no_in_a_closure():
    event = asyncio.Event()

    def callback():
        event.set()

    await event.wait()
    callback()


async def no_callback():
    future = asyncio.Future()
    future.add_done_callback(print)
    await future


async def no_queue():
    await asyncio.Queue().get()


async def no_join():
    queue = asyncio.Queue()
    queue.put_nowait(1)
    await queue.join()


async def no_argument(future=None):
    future = future or asyncio.Future()
    await future


FUNCTIONS = [
    each
    for name, each in sorted(globals().items())
    if name.split("_")[0] in ("yes", "perhaps", "hardly", "no")
]


async def looked_at(function):
    task = asyncio.create_task(function())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    wait = parking.of_task(task)
    task.cancel()
    await asyncio.wait([task])
    return wait


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_parking_is_recognised(function):
    wait = trueloop.run(looked_at(function))
    stored.clear()

    assert wait.parking is Parking[function.__name__.split("_")[0].upper()]


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_queue, "an item from a queue"),
        (no_join, "the jobs of a queue to be done"),
        (yes_event, "an event"),
        (yes_future, "a future"),
    ],
)
def test_wait_is_put_into_words(function, words):
    assert trueloop.run(looked_at(function)).words == words


@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="without a GIL code objects are kept until the interpreter's end",
)
def test_what_was_read_keeps_no_code_alive():
    import gc
    import weakref

    namespace = {"asyncio": asyncio}
    exec("async def parks():\n    await asyncio.Future()\n", namespace)
    code = weakref.ref(namespace["parks"].__code__)
    trueloop.run(looked_at(namespace["parks"]))

    namespace.clear()
    gc.collect()

    assert code() is None
