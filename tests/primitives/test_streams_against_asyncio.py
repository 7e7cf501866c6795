"""Whatever is fed and read, in any order: the native reader gives what asyncio's gives."""

import asyncio
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop

PIECES = st.text("ab\n;", max_size=12).map(str.encode)
SIZES = st.integers(0, 12)
SEPARATORS = st.sampled_from([b"\n", b";", b"a;", b"ab\n"])
TUPLES = st.lists(SEPARATORS, min_size=1, max_size=3).map(tuple)
STEPS = st.one_of(
    st.tuples(st.just("feed_data"), st.tuples(PIECES)),
    st.tuples(st.just("feed_eof"), st.tuples()),
    st.tuples(st.just("read"), st.tuples(st.integers(-1, 12))),
    st.tuples(st.just("readexactly"), st.tuples(SIZES)),
    st.tuples(st.just("readline"), st.tuples()),
    st.tuples(st.just("readuntil"), st.tuples(SEPARATORS)),
    st.tuples(st.just("__anext__"), st.tuples()),
    st.tuples(st.just("cancel"), st.tuples()),
    st.tuples(st.just("look"), st.tuples()),
    *([st.tuples(st.just("readuntil"), st.tuples(TUPLES))] if sys.version_info >= (3, 13) else []),
)


class Tap(asyncio.Transport):
    """Says when it was told to pause and to go on."""

    def __init__(self):
        self.calls = []

    def pause_reading(self):
        self.calls.append("pause")

    def resume_reading(self):
        self.calls.append("resume")


def outcome(task):
    """What a task has come to, comparable."""
    if task.cancelled():
        return "cancelled"
    error = task.exception()
    if error is None:
        return type(task.result()), task.result()
    cause = error.__context__
    return type(error), str(error), getattr(error, "partial", None), type(cause)


async def story(reader_class, limit, steps):
    """Everything that can be seen of one reader during these steps."""
    reader = reader_class(limit)
    tap = Tap()
    reader.set_transport(tap)
    seen = []
    task = None
    for name, arguments in steps:
        if name == "cancel":
            if task is not None:
                task.cancel()
        elif name == "look":
            seen.append(bytes(reader._buffer))
        elif name == "feed_data":
            if not reader._eof:
                reader.feed_data(*arguments)
        elif name == "feed_eof":
            reader.feed_eof()
        elif task is None:
            task = asyncio.ensure_future(drive(getattr(reader, name)(*arguments)))
        if name != "feed_data" or len(arguments[0]) % 2:
            for _ in range(3):
                await asyncio.sleep(0)
        if task is not None and task.done():
            seen.append(outcome(task))
            task = None
        seen.append((reader.at_eof(), reader._paused, reader._waiter is None, tuple(tap.calls)))
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
    seen.append(bytes(reader._buffer))
    return seen


async def drive(coroutine):
    try:
        return await coroutine
    except StopAsyncIteration:
        return "no more lines"


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 9), st.lists(STEPS, max_size=20))
def test_a_native_reader_gives_what_asyncios_gives(limit, steps):
    with asyncio.Runner(loop_factory=trueloop.new_event_loop) as runner:
        told = [
            runner.run(story(kind, limit, steps))
            for kind in (asyncio.StreamReader, trueloop.StreamReader)
        ]
    assert told[0] == told[1]
