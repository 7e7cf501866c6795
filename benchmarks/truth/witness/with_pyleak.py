"""pyleak around the main coroutine, with all three of its detectors.

Its threshold is set to what the corpus calls a blocked loop.
"""

import logging

from mains import around_mains
from pyleak import no_event_loop_blocking, no_task_leaks, no_thread_leaks
from pyleak.utils import CallerContext

THRESHOLD_S = 0.1


def begin(ear):
    """Have every main coroutine run inside its context managers."""
    ear.listen_to_log("pyleak")
    logging.getLogger("pyleak").propagate = False
    context = CallerContext(ear.program, "main", files={ear.program})

    async def guarded(main):
        with no_thread_leaks(action="log"):
            async with (
                no_task_leaks(action="log"),
                no_event_loop_blocking(
                    action="log",
                    threshold=THRESHOLD_S,
                    check_interval=0.01,
                    caller_context=context,
                ),
            ):
                return await main

    around_mains(guarded)
