"""Debug mode warns of every step and callback that took slow_callback_duration or longer."""

import asyncio
import logging
import time

import pytest

NEVER_S = 3600
BLOCK_S = 0.02


@pytest.fixture
def warnings(caplog):
    """The texts asyncio has logged as warnings so far."""
    caplog.set_level(logging.WARNING, logger="asyncio")
    return lambda: [
        record.getMessage() for record in caplog.records if record.levelno == logging.WARNING
    ]


def block():
    time.sleep(BLOCK_S)


async def blocking_step():
    block()


def test_the_threshold_is_a_tenth_of_a_second_unless_set(run):
    async def main():
        return asyncio.get_running_loop().slow_callback_duration

    assert run(main) == 0.1


def test_a_slow_step_is_named_with_its_task(run, warnings):
    async def main():
        asyncio.get_running_loop().slow_callback_duration = BLOCK_S / 2
        await asyncio.create_task(blocking_step(), name="culprit")

    run(main, debug=True)
    (warning,) = (text for text in warnings() if "culprit" in text)
    assert warning.startswith("Executing <Task finished name='culprit' coro=<blocking_step() done")
    assert warning.endswith(" seconds")
    assert " took 0." in warning


def test_a_slow_callback_is_named_with_its_function(run, warnings):
    async def main():
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = BLOCK_S / 2
        loop.call_soon(block)
        await asyncio.sleep(0)

    run(main, debug=True)
    (warning,) = (text for text in warnings() if "block()" in text)
    assert warning.startswith("Executing <Handle block() at ")
    assert " took 0." in warning


def test_a_slow_timer_is_named_too(run, warnings):
    async def main():
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = BLOCK_S / 2
        fired = asyncio.Event()
        loop.call_later(0, block)
        loop.call_later(0, fired.set)
        await fired.wait()

    run(main, debug=True)
    (warning,) = (text for text in warnings() if "block()" in text)
    assert warning.startswith("Executing <TimerHandle ")


def test_quick_steps_are_not_named(run, warnings):
    async def main():
        asyncio.get_running_loop().slow_callback_duration = NEVER_S
        await asyncio.create_task(blocking_step())

    run(main, debug=True)
    assert warnings() == []


def test_awaiting_is_not_blocking(run, warnings):
    async def main():
        asyncio.get_running_loop().slow_callback_duration = 0.3
        await asyncio.sleep(0.35)

    run(main, debug=True)
    assert warnings() == []


def test_without_debug_mode_asyncio_itself_says_nothing(run, warnings):
    async def main():
        asyncio.get_running_loop().slow_callback_duration = BLOCK_S / 2
        await asyncio.create_task(blocking_step())

    run(main, debug=False)
    assert warnings() == []


def test_debug_mode_can_be_switched_on_in_a_running_loop(run, warnings):
    async def main():
        loop = asyncio.get_running_loop()
        loop.slow_callback_duration = BLOCK_S / 2
        loop.set_debug(True)
        await asyncio.sleep(0)
        await asyncio.create_task(blocking_step(), name="culprit")
        loop.set_debug(False)

    run(main)
    assert [text for text in warnings() if "culprit" in text]
