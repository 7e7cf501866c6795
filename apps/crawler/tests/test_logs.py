"""Every line that is logged on behalf of a request carries its id."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import trueloop

from honest_crawl import logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("honest_crawl")
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    ours.setLevel(logging.NOTSET)


def test_the_id_crosses_awaits_tasks_threads_and_callbacks(stream: io.StringIO) -> None:
    async def say(word: str) -> None:
        await asyncio.sleep(0)
        logs.log.info(word)

    async def one_request() -> tuple[str, list[str]]:
        loop = asyncio.get_running_loop()
        called = asyncio.Event()
        with logs.request() as request_id:
            await say("await")
            await asyncio.create_task(say("task"))
            await asyncio.to_thread(logs.log.info, "thread")
            loop.call_soon(logs.log.info, "callback")
            loop.call_later(0, logs.log.info, "timer")
            finished = asyncio.create_task(asyncio.sleep(0))
            finished.add_done_callback(lambda _: logs.log.info("done-callback"))
            loop.call_soon_threadsafe(logging.getLogger("httpx2").info, "library")
            loop.call_later(0.001, called.set)
            await called.wait()
        return request_id, [
            "await",
            "task",
            "thread",
            "callback",
            "timer",
            "done-callback",
            "library",
        ]

    async def main() -> tuple[tuple[str, list[str]], ...]:
        return await asyncio.gather(one_request(), one_request())

    expected = {(request, word) for request, words in trueloop.run(main()) for word in words}
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {(line["request"], line["event"]) for line in lines} == expected
    assert len(lines) == len(expected) == 14


def test_a_line_outside_any_request_carries_none(stream: io.StringIO) -> None:
    logs.log.info("alone")
    assert json.loads(stream.getvalue())["request"] is None


def test_a_program_that_configures_nothing_sees_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    logs.log.info("unheard")
    assert capfd.readouterr() == ("", "")
