"""A primitive that another thread uses is told by its name, once for each call."""

import asyncio
import contextlib
import threading

import pytest

import trueloop
from trueloop import diagnostics


class Condition(trueloop.Condition):
    async def enter_and_wait(self):
        async with self:
            await self.wait()

    def notify_from_elsewhere(self):
        # Without a GIL the one who was woken may leave the line while it is still looked at.
        with contextlib.suppress(RuntimeError):
            self._notify(1)


USES = {
    "Event.set()": (trueloop.Event, "wait", lambda event: event.set()),
    "Semaphore.release()": (lambda: trueloop.Semaphore(0), "acquire", lambda it: it.release()),
    "Condition.notify()": (Condition, "enter_and_wait", Condition.notify_from_elsewhere),
    "Queue.put_nowait()": (trueloop.Queue, "get", lambda queue: queue.put_nowait(1)),
}


@pytest.mark.parametrize("name", USES)
def test_it_is_told_once_and_by_its_name(name):
    make, wait, use = USES[name]
    findings = []

    async def main():
        primitive = make()
        tasks = [asyncio.create_task(getattr(primitive, wait)()) for _ in range(3)]
        await asyncio.sleep(0)
        thread = threading.Thread(target=use, args=(primitive,))
        thread.start()
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        thread.join()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    diagnostics.add_sink(findings.append)
    try:
        trueloop.run(main())
    finally:
        diagnostics.remove_sink(findings.append)
    (finding,) = findings
    assert finding.kind == "wrong-thread"
    assert finding.message.startswith(f"{name} was called in thread ")
    assert finding.count == 1
