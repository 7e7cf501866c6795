"""What the cases do not show of wrong-thread: what the finding says."""

import asyncio
import sys
import threading

import pytest

import trueloop
from trueloop.diagnostics import Severity

HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


def in_a_thread(function, name="sensor"):
    thread = threading.Thread(target=function, name=name)
    thread.start()
    thread.join()


def test_finding_names_call_threads_and_the_line_that_runs_the_loop(collected):
    async def main():
        loop = asyncio.get_running_loop()

        def call():
            loop.call_soon(int)

        in_a_thread(call)

    trueloop.run(main())

    (finding,) = collected
    assert finding.severity is Severity.ERROR
    assert finding.message.startswith("EventLoop.call_soon() was called in thread sensor, but the")
    assert f"runs in thread {threading.current_thread().name}" in finding.message
    assert finding.where.function.endswith("call")
    started = [other.place.function for other in finding.related if other.role == "loop started"]
    if HAS_GIL:  # without it no thread's frames hold still
        assert started == ["test_finding_names_call_threads_and_the_line_that_runs_the_loop"]


def test_asyncios_own_function_is_named_if_the_program_called_that(collected):
    async def main():
        event = asyncio.Event()
        waits = asyncio.create_task(event.wait())
        await asyncio.sleep(0)

        def call():
            event.set()

        in_a_thread(call)
        await waits

    trueloop.run(main())

    assert collected[0].message.startswith("Event.set() was called")


def test_creation_of_a_cancelled_task_is_related(collected):
    async def main():
        task = asyncio.create_task(asyncio.sleep(60))

        def call():
            task.cancel()

        in_a_thread(call)
        with pytest.raises(asyncio.CancelledError):
            await task

    trueloop.run(main())

    roles = {other.role: other.place for other in collected[0].related}
    assert roles["created"].line == main.__code__.co_firstlineno + 1


def test_thread_without_code_of_the_program_is_not_reported(collected):
    async def main():
        event = asyncio.Event()
        waits = asyncio.create_task(event.wait())
        await asyncio.sleep(0)
        threading.Timer(0, event.set).start()
        await waits

    trueloop.run(main())

    assert collected == []
