"""What the cases do not show of lost-exception: messages, storms, memory, threads, services."""

import asyncio
import gc
import logging
import threading
import weakref

import pytest

import trueloop
from trueloop import diagnostics
from trueloop.diagnostics import Severity
from trueloop.diagnostics.detectors.lost_exception import describe

pytestmark = pytest.mark.usefixtures("accelerated")


class BrokenTextError(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("wrong"), "ValueError: wrong"),
        (ValueError(), "ValueError"),
        (BrokenTextError(), "BrokenTextError"),
        (KeyError("x" * 300), "KeyError: '" + "x" * 196 + "..."),
    ],
)
def test_exceptions_are_described_briefly(error, text):
    assert describe(error) == text


async def fail(error=ValueError):
    raise error("lost")


async def drop(coroutine):
    """Run a coroutine as a task that nobody keeps."""
    done, _ = await asyncio.wait([asyncio.ensure_future(coroutine)])
    done.clear()


def lost(collected):
    return [finding for finding in collected if finding.kind == "lost-exception"]


def test_lost_exception_is_an_error_of_its_task(collected):
    async def main():
        await drop(fail())

    trueloop.run(main())

    (finding,) = lost(collected)
    assert finding.severity is Severity.ERROR
    assert finding.task.startswith("Task-")
    assert finding.message == (
        f"ValueError: lost ended task {finding.task} (fail), and nobody has read it"
    )
    assert finding.where.function == "fail"
    assert [(other.role, other.place.function) for other in finding.related] == [
        ("created", "drop")
    ]


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("gather", "its gather had raised another failure already"),
        ("wait", "asyncio.wait raises nothing by itself"),
        ("thread", "the thread that submitted it never asked its future"),
    ],
)
def test_message_says_who_could_have_read_it(case, words, collected):
    async def main():
        loop = asyncio.get_running_loop()
        if case == "gather":
            with pytest.raises(KeyError):
                await asyncio.gather(fail(KeyError), fail())
        elif case == "wait":
            tasks = [loop.create_task(fail()), loop.create_task(asyncio.sleep(0.01))]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            await tasks[1]
        else:
            await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(fail(), loop) and None)
            await asyncio.sleep(0.01)

    trueloop.run(main())
    gc.collect()

    (finding,) = lost(collected)
    assert words in finding.message


@pytest.fixture
def no_log(monkeypatch):
    """asyncio's own reports are not logged: the records would hold the exceptions."""
    monkeypatch.setattr(logging.getLogger("asyncio"), "disabled", True)


@pytest.mark.usefixtures("no_log")
def test_storm_is_one_finding_with_a_count(collected):
    async def main():
        for _ in range(20_000):
            await drop(fail())

    trueloop.run(main())

    assert [finding.count for finding in lost(collected)] == [1, 10, 100, 1000, 10_000]
    (finding,) = diagnostics.findings()
    assert finding.count == 20_000


@pytest.mark.usefixtures("no_log")
def test_findings_keep_neither_task_nor_exception_alive(collected):
    references = []

    class NotedError(Exception):
        pass

    async def fail():
        error = NotedError("lost")
        references.append(weakref.ref(error))
        references.append(weakref.ref(asyncio.current_task()))
        raise error

    async def main():
        await drop(fail())

    trueloop.run(main())
    gc.collect()

    assert len(lost(collected)) == 1
    assert [reference() for reference in references] == [None, None]


def test_failures_that_are_read_leave_nothing_behind(collected):
    references = []

    async def fail():
        references.append(weakref.ref(asyncio.current_task()))
        raise ValueError("read")

    async def main():
        for _ in range(100):
            with pytest.raises(ValueError, match=r"^read$"):
                await asyncio.ensure_future(fail())

    trueloop.run(main())
    gc.collect()

    assert lost(collected) == []
    assert {reference() for reference in references} == {None}


def test_loops_of_several_threads_are_judged_apart(collected):
    async def main(read):
        task = asyncio.ensure_future(fail())
        await asyncio.wait([task])
        if read:
            task.exception()

    threads = [
        threading.Thread(target=trueloop.run, args=(main(read),)) for read in (True, False) * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (finding,) = diagnostics.findings()
    assert finding.count == 4


def test_services_find_it_in_their_log(caplog):
    diagnostics.ledger.clear()

    async def main():
        await drop(fail())

    with caplog.at_level(logging.WARNING, "trueloop"):
        trueloop.run(main())

    (record,) = [record for record in caplog.records if record.name == "trueloop"]
    assert record.levelname == "ERROR"
    assert record.finding["kind"] == "lost-exception"
    assert record.finding["where"]["function"] == "fail"


def test_asyncios_own_report_is_not_changed(caplog, collected):
    async def main():
        await drop(fail())

    trueloop.run(main())

    messages = [record.message for record in caplog.records if record.name == "asyncio"]
    assert [message.splitlines()[0] for message in messages] == [
        "Task exception was never retrieved"
    ]


def test_exception_met_again_elsewhere_is_known(collected):
    """A pool that fails all its waiters with one exception, and one of them is awaited."""

    async def main():
        loop = asyncio.get_running_loop()
        waiters = [loop.create_future() for _ in range(3)]
        error = ConnectionError("pool closed")
        for waiter in waiters:
            waiter.set_exception(error)
        with pytest.raises(ConnectionError):
            await waiters[0]

    trueloop.run(main())
    gc.collect()

    assert lost(collected) == []


def test_future_failed_by_the_loop_itself_has_no_line(collected):
    async def main():
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.create_future().set_exception, ValueError("unknown origin"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    trueloop.run(main())

    (finding,) = lost(collected)
    assert finding.where is None


def test_debug_mode_changes_nothing(collected):
    async def main():
        await drop(fail())

    trueloop.run(main(), debug=True)

    (finding,) = lost(collected)
    assert finding.where.function == "fail"
