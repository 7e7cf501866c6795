"""trueloop: the asyncio runtime that is fast and does not lie.

    import trueloop

    trueloop.run(main())            # instead of asyncio.run(main())

Everything else stays asyncio. `trueloop run program.py` runs a program that was never changed.
"""

import sys

if sys.platform == "linux":
    from trueloop import diagnostics
    from trueloop.kernel.future import Future
    from trueloop.kernel.task import Task
    from trueloop.loop import EventLoop, new_event_loop
else:  # the kernel is built for Linux; elsewhere asyncio's own loop serves, with a notice
    from trueloop.elsewhere import EventLoop, Future, Task, new_event_loop

from trueloop.runner import Runner, install, run

__all__ = [
    "EventLoop",
    "Future",
    "Runner",
    "Task",
    "diagnostics",
    "install",
    "new_event_loop",
    "run",
]

__version__ = "0.1.0"
