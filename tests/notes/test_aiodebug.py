"""aiodebug: names slow callbacks without debug mode, dumps stacks of a hang, measures lag."""

import asyncio
import time
import types

import pytest
from aiodebug import hang_inspection, log_slow_callbacks, monitor_loop_lag

BLOCK_S = 0.02


@pytest.fixture
def slow(monkeypatch):
    """What aiodebug reported as slow, as (name, duration_s); its patch is undone afterwards."""
    monkeypatch.setattr(asyncio.events.Handle, "_run", asyncio.events.Handle._run)
    reported = []

    def enable():
        log_slow_callbacks.enable(BLOCK_S / 2, lambda name, took_s: reported.append((name, took_s)))
        return reported

    return enable


def block():
    time.sleep(BLOCK_S)


async def blocking_step():
    block()


def test_slow_steps_and_callbacks_are_named(run, slow):
    reported = slow()

    async def main():
        await asyncio.create_task(blocking_step(), name="culprit")
        asyncio.get_running_loop().call_soon(block)
        await asyncio.sleep(0)

    run(main)
    (step,) = (name for name, took_s in reported if "culprit" in name and took_s >= BLOCK_S)
    assert step.startswith("<Task finished name='culprit' coro=<blocking_step() done")
    (callback,) = (name for name, took_s in reported if "block()" in name and took_s >= BLOCK_S)
    assert callback.startswith("<Handle block() at ")


def test_it_can_be_switched_on_while_the_loop_runs(run, slow):
    async def main():
        reported = slow()
        await asyncio.sleep(0)
        await asyncio.create_task(blocking_step(), name="culprit")
        return [name for name, _ in reported if "culprit" in name]

    assert len(run(main)) == 1


def test_quick_steps_are_not_named(run, slow):
    reported = slow()

    async def main():
        for _ in range(10):
            await asyncio.create_task(asyncio.sleep(0), name="innocent")

    run(main)
    assert [name for name, _ in reported if "innocent" in name] == []


# aiodebug 2.3 calls Thread.setDaemon, deprecated since 3.10.
@pytest.mark.filterwarnings("ignore:setDaemon:DeprecationWarning")
def test_a_hang_leaves_the_stack_of_the_loop_in_a_file(run, tmp_path, monkeypatch):
    # It takes three dumps a second apart; nothing here needs that second.
    quick = types.SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: time.sleep(0.005))
    monkeypatch.setattr(hang_inspection, "time", quick)

    def hang():
        while not any("in hang" in dump.read_text() for dump in tmp_path.iterdir()):
            time.sleep(0.005)

    async def main():
        watcher = hang_inspection.start(str(tmp_path), interval=0.01)
        await asyncio.sleep(0)
        hang()
        await hang_inspection.stop_wait(watcher)
        await asyncio.to_thread(watcher[0].join)

    run(main)


def test_the_lag_of_the_loop_is_measured(run):
    async def main():
        measured = asyncio.Event()
        lags_ms = {}

        class Statistics:
            def timing(self, metric, value):
                lags_ms[metric] = value
                measured.set()

        monitor_loop_lag.enable(Statistics(), interval=0.001)
        await measured.wait()
        return lags_ms

    lags_ms = run(main)
    assert list(lags_ms) == ["aiodebug.monitor_loop_lag"]
    assert lags_ms["aiodebug.monitor_loop_lag"] > -1
