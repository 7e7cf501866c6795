"""aiocop as its page shows it: set up at the start, activated in the running loop.

Its threshold is set to what the corpus calls a blocked loop. As in its example for a service, only
events that exceeded the threshold are looked at.
"""

import asyncio

import aiocop
from mains import around_mains

THRESHOLD_MS = 100


def begin(ear):
    """Set it up, and have every main coroutine activate it first."""

    def on_slow_task(event):
        if event.exceeded_threshold:
            traces = [blocking["trace"] for blocking in event.blocking_events]
            traces += [sample["trace"] for sample in event.cpu_stack_samples]
            ear.note("aiocop", f"slow task: {event.reason}\n" + "\n".join(traces))

    aiocop.patch_audit_functions()
    aiocop.start_blocking_io_detection()
    aiocop.detect_slow_tasks(threshold_ms=THRESHOLD_MS, on_slow_task=on_slow_task)

    async def activated(main):
        aiocop.activate()
        await asyncio.sleep(0)  # the step that activates is not watched; the program's first is
        return await main

    around_mains(activated)
