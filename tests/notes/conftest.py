"""Every note is read twice: once on stock asyncio, once on trueloop."""

from tests.two_loops import new_event_loop, run

__all__ = ["new_event_loop", "run"]
