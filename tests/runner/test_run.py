"""`trueloop.run` and `trueloop.Runner`: asyncio's behaviour, trueloop's loop."""

import asyncio
import contextvars
import signal
import subprocess
import sys

import pytest

import trueloop


def test_run_returns_the_result_and_runs_on_a_trueloop_loop():
    async def main():
        return asyncio.get_running_loop()

    loop = trueloop.run(main())

    assert isinstance(loop, trueloop.EventLoop)
    assert loop.is_closed()


def test_run_raises_what_main_raises():
    async def main():
        raise LookupError("from main")

    with pytest.raises(LookupError, match=r"^from main$"):
        trueloop.run(main())


@pytest.mark.parametrize("debug", [True, False])
def test_run_sets_the_debug_mode(debug):
    async def main():
        return asyncio.get_running_loop().get_debug()

    assert trueloop.run(main(), debug=debug) is debug


def test_run_refuses_inside_a_running_loop():
    async def main():
        inner = asyncio.sleep(0)
        try:
            trueloop.run(inner)
        finally:
            inner.close()

    with pytest.raises(
        RuntimeError, match=r"^trueloop\.run\(\) cannot be called from a running event loop$"
    ):
        trueloop.run(main())


def test_run_refuses_what_is_not_a_coroutine():
    with pytest.raises((TypeError, ValueError), match="coroutine"):
        trueloop.run(lambda: None)


def test_run_cancels_and_awaits_what_main_leaves_behind():
    ended = []

    async def lingering():
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    async def main():
        asyncio.create_task(lingering())
        await asyncio.sleep(0)

    trueloop.run(main())

    assert ended == ["cleaned up"]


def test_runner_keeps_its_loop_and_context_between_runs():
    variable = contextvars.ContextVar("variable", default="unset")

    async def set_it():
        variable.set("set")
        return asyncio.get_running_loop()

    async def get_it():
        return variable.get(), asyncio.get_running_loop()

    with trueloop.Runner() as runner:
        loop = runner.run(set_it())
        assert runner.run(get_it()) == ("set", loop)
        assert runner.get_loop() is loop
    assert variable.get() == "unset"


def test_runner_takes_another_loop_factory():
    async def main():
        return type(asyncio.get_running_loop())

    with trueloop.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        assert runner.run(main()) is asyncio.SelectorEventLoop


def test_ctrl_c_cancels_main_and_raises_keyboard_interrupt():
    caught = []

    async def main():
        asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            caught.append("cancelled")
            raise

    with pytest.raises(KeyboardInterrupt):
        trueloop.run(main())

    assert caught == ["cancelled"]


def test_importing_trueloop_sets_no_policy_and_warns_of_nothing():
    program = (
        "import asyncio.events as events, trueloop; "
        "print(events._event_loop_policy, trueloop.Runner.__mro__[1].__module__)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["None", "asyncio.runners"]
    assert done.stderr == ""
