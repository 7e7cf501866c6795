"""Loops whose timers count passes instead of seconds: what races with a timer always ends the same.

A delay of 3 ends in the pass in which a task that was ready when it began is resumed a third time.
"""

import asyncio

import trueloop


class _Countdown:
    """A timer of such a loop: its handle."""

    def __init__(self, loop, when, callback, args):
        self._loop = loop
        self._when = when
        self._call = callback, args
        self._left = max(when, 1)
        self._is_cancelled = False
        loop.call_soon(self._count)

    def _count(self):
        if self._is_cancelled:
            return
        self._left -= 1
        if self._left > 0:
            self._loop.call_soon(self._count)
        else:
            callback, args = self._call
            callback(*args)

    def cancel(self):
        self._is_cancelled = True

    def cancelled(self):
        return self._is_cancelled

    def when(self):
        return self._when


class _Counting:
    """It is always zero o'clock; timers that never come (NEVER_S) are for whoever cancels them."""

    def time(self):
        return 0

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(delay, callback, *args, context=context)

    def call_at(self, when, callback, *args, context=None):
        return _Countdown(self, when, callback, args)


class AsyncioLoop(_Counting, asyncio.SelectorEventLoop):
    """asyncio's, with such timers."""


class TrueloopLoop(_Counting, trueloop.EventLoop):
    """trueloop's, with such timers."""


def run(loop_factory, main):
    """Run a coroutine on a fresh loop."""
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(main)
