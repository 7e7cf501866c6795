"""Where a cancellation came from and what became of it: as data, and as a note on the exception."""

# ruff: noqa: SIM105 - the programs are what is tested

import asyncio
import contextlib
import copy
import inspect
import os
import pickle
import re
import subprocess
import sys
import time
import traceback

import pytest

import trueloop
from trueloop import diagnostics

pytestmark = pytest.mark.usefixtures("accelerated")


def line_here():
    return inspect.currentframe().f_back.f_lineno


async def sleep():
    await asyncio.sleep(60)


async def begun(coroutine, name="victim"):
    task = asyncio.create_task(coroutine, name=name)
    await asyncio.sleep(0)
    return task


def test_task_that_nobody_cancelled_has_none():
    async def main():
        return diagnostics.cancellation(asyncio.current_task())

    assert trueloop.run(main()) is None


def test_request_is_known_before_it_is_delivered():
    async def main():
        task = await begun(sleep())
        line, before_s = line_here() + 1, time.time()
        task.cancel("enough")
        known = diagnostics.cancellation(task)
        await asyncio.wait([task])
        return line, before_s, known, diagnostics.cancellation(task)

    line, before_s, known, later = trueloop.run(main())

    assert (known.reason, known.message, known.outcome) == ("cancel()", "enough", "pending")
    assert known.requested_by.startswith("Task-")
    assert known.requested_at.line == line
    assert known.requested_at.function.endswith("main")
    assert before_s - 1 < known.time < time.time() + 1
    assert later.outcome == "raised"


async def swallow():
    try:
        await sleep()
    except asyncio.CancelledError:
        pass


async def convert():
    try:
        await sleep()
    except asyncio.CancelledError:
        raise ValueError from None


async def take_back():
    try:
        await sleep()
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()


async def put_off():
    try:
        await sleep()
    finally:
        await asyncio.sleep(0)


async def finish():
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        (swallow, "swallowed"),
        (convert, "converted"),
        (take_back, "uncancelled"),
        (put_off, "raised"),
        (sleep, "raised"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_outcome_is_known_when_the_task_has_ended(work, outcome, collected):
    async def main():
        task = await begun(work())
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return diagnostics.cancellation(task)

    known = trueloop.run(main())

    assert known.outcome == outcome
    if outcome == "swallowed":
        assert known.caught_at.function == "swallow"
        assert known.delivered_at.function == "sleep"


def test_exception_on_its_way_is_delivered(collected):
    async def main():
        task = await begun(put_off())
        task.cancel()
        await asyncio.sleep(0)
        known = diagnostics.cancellation(task)
        await asyncio.wait([task])
        return known

    known = trueloop.run(main())

    assert (known.outcome, known.delivered_at.function) == ("delivered", "sleep")


def test_task_asks_about_itself_while_it_is_cancelled():
    async def ask(answers):
        try:
            await sleep()
        except asyncio.CancelledError:
            answers.append(diagnostics.cancellation(asyncio.current_task()))
            raise

    async def main():
        answers = []
        task = await begun(ask(answers))
        task.cancel()
        await asyncio.wait([task])
        return answers

    (known,) = trueloop.run(main())

    assert (known.outcome, known.delivered_at.function) == ("delivered", "sleep")


async def note_of(coroutine):
    """The notes of the CancelledError that ends a coroutine."""
    try:
        await coroutine
    except asyncio.CancelledError as error:
        return error.__notes__


async def failing():
    await asyncio.sleep(0)
    raise ValueError("boom")


async def by_call():
    task = await begun(note_of(sleep()))
    task.cancel()
    return await task


async def by_callback():
    task = await begun(note_of(sleep()))
    asyncio.get_running_loop().call_soon(task.cancel)
    return await task


async def by_timeout():
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            return await note_of(sleep())


async def by_inner_timeout():
    async with asyncio.timeout(10) as outer, asyncio.timeout(0.01) as inner:
        notes = await note_of(sleep())
        assert (inner.expired(), outer.expired()) == (True, False)
        return notes


async def by_group():
    notes = []

    async def child():
        notes.extend(await note_of(sleep()))

    with contextlib.suppress(BaseExceptionGroup):
        async with asyncio.TaskGroup() as group:
            group.create_task(child())
            group.create_task(failing())
    return notes


async def by_gather():
    both = asyncio.gather(note_of(sleep()), sleep(), return_exceptions=True)
    await asyncio.sleep(0)
    child = next(iter(both._children))
    both.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await both
    return child.result()


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        (by_call, r"cancelled by Task-\d+ \(by_call, FILE:\d+\)"),
        (by_callback, "cancelled by a callback"),
        (by_timeout, r"cancelled by a timeout of 0\.01 s entered at FILE:\d+"),
        (by_inner_timeout, r"cancelled by a timeout of 0\.01 s entered at FILE:\d+"),
        (by_group, "cancelled by its task group after ValueError: boom"),
        (by_gather, "cancelled by its gather"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_exception_says_who_asked_and_why(way, expected, collected):
    (note,) = trueloop.run(way())

    delivered = r"; delivered at FILE:\d+ in sleep"
    assert re.fullmatch(expected + delivered, note.replace(__file__, "FILE"))


async def by_limit():
    async with asyncio.timeout(0.01):
        await sleep()


async def by_named_limit(seconds=0.01):
    async with asyncio.Lock(), asyncio.timeout(delay=seconds):
        await sleep()


async def by_wait_for():
    await asyncio.wait_for(sleep(), 0.01)


@pytest.mark.parametrize("way", [by_limit, by_named_limit, by_wait_for])
def test_timeout_error_says_which_limit_it_was(way):
    if way is by_wait_for and sys.version_info < (3, 12):
        pytest.skip("wait_for() has a timer of its own before 3.12; the cause has the note")
    with pytest.raises(TimeoutError) as raised:
        trueloop.run(way())

    (note,) = raised.value.__notes__
    note = note.replace(__file__, "FILE")
    first = inspect.getsourcelines(way)[1]
    assert note.startswith(f"timeout of 0.01 s entered at FILE:{first + 1}; cancelled while")
    assert note.endswith(" in sleep")
    (cause,) = raised.value.__cause__.__notes__
    assert f"entered at {__file__}:{first + 1}; delivered" in cause


def test_native_timeout_in_an_exit_stack_says_how_long_it_was():
    async def main():
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(trueloop.timeout(0.01))
            await sleep()

    with pytest.raises(TimeoutError) as raised:
        trueloop.run(main())

    assert raised.value.__notes__[0].startswith("timeout of 0.01 s; cancelled while awaiting at")
    assert raised.value.__cause__.__notes__[0].startswith("cancelled by a timeout of 0.01 s; deliv")


def test_native_timeout_knows_its_length_and_line_without_the_source():
    async def main(half):
        limit = trueloop.timeout(2 * half())
        async with limit:
            await sleep()

    with pytest.raises(TimeoutError) as raised:
        trueloop.run(main(lambda: 0.005))

    line = inspect.getsourcelines(main)[1] + 2
    assert raised.value.__notes__[0].startswith(f"timeout of 0.01 s entered at {__file__}:{line};")


def test_wait_for_that_is_a_task_has_no_line_of_the_loop():
    async def main():
        await asyncio.create_task(trueloop.wait_for(sleep(), 0.01))

    with pytest.raises(TimeoutError) as raised:
        trueloop.run(main())

    notes = [*getattr(raised.value, "__notes__", []), *raised.value.__cause__.__notes__]
    assert not any("loop.py" in note for note in notes)


def test_timeout_error_of_wait_for_has_a_cause_that_says_where():
    with pytest.raises(TimeoutError) as raised:
        trueloop.run(by_wait_for())

    (note,) = raised.value.__cause__.__notes__
    assert note.endswith(" in sleep")


def test_traceback_of_a_timeout_shows_no_frame_of_trueloops(accelerated):
    with pytest.raises(TimeoutError) as raised:
        trueloop.run(by_limit())

    files = [frame.filename for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert not any("diagnostics" in file and "trueloop" in file for file in files[-2:])
    innermost = ["by_limit"] if accelerated else ["by_limit", "__aexit__"]
    names = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert names[-len(innermost) :] == innermost


def test_error_raised_inside_a_limit_that_expires_has_no_note():
    async def main():
        async with asyncio.timeout(0.01):
            try:
                await sleep()
            finally:
                raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine") as raised:
        trueloop.run(main())

    assert getattr(raised.value, "__notes__", []) == []


def noted():
    """A CancelledError with its request, which nobody has looked at."""

    async def main():
        task = await begun(sleep())
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return error

    return trueloop.run(main())


def test_notes_of_ones_own_come_after_it():
    error = noted()
    error.add_note("mine")
    assert [note.partition(" ")[0] for note in error.__notes__] == ["cancelled", "mine"]


def test_notes_can_be_replaced_and_deleted():
    error = noted()
    error.__notes__ = ["other"]
    assert error.__notes__ == ["other"]
    del error.__notes__
    assert error.__notes__[0].startswith("cancelled by")


def test_exception_that_nobody_asked_for_has_no_notes():
    error = asyncio.CancelledError("by hand")
    assert not hasattr(error, "__notes__")
    with pytest.raises(AttributeError):
        del error.__notes__
    error.add_note("mine")
    assert error.__notes__ == ["mine"]


@pytest.mark.parametrize("duplicate", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_notes_survive_copying_and_pickling(duplicate):
    error = noted()
    notes = list(error.__notes__)
    assert duplicate(error).__notes__ == notes
    assert duplicate(error).args == error.args


def test_both_ways_of_printing_a_traceback_show_it():
    printed = "".join(traceback.format_exception(noted()))
    assert "\ncancelled by Task-" in printed

    program = (
        "import asyncio, trueloop\n"
        "async def main():\n"
        "    task = asyncio.create_task(asyncio.sleep(9))\n"
        "    await asyncio.sleep(0)\n"
        "    task.cancel()\n"
        "    await task\n"
        "trueloop.run(main())\n"
    )
    for switched_on in ("1", "0"):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "TRUELOOP_DIAGNOSTICS": switched_on},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ("\ncancelled by Task-1" in done.stderr) == (switched_on == "1")
        assert done.returncode == 1


def test_nothing_is_patched_while_diagnostics_are_off():
    program = (
        "import asyncio, trueloop, asyncio.timeouts as timeouts\n"
        "before = timeouts.Timeout.__aexit__\n"
        "trueloop.run(asyncio.sleep(0))\n"
        "print(timeouts.Timeout.__aexit__ is before,\n"
        "      '__notes__' not in vars(asyncio.CancelledError),\n"
        "      'TimeoutError' not in vars(timeouts))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TRUELOOP_DIAGNOSTICS": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "True True True\n"
