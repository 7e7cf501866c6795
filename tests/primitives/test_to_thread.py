"""to_thread: what a thread is given, and what comes back."""

import asyncio
import contextvars
import threading

import pytest


def test_a_thread_does_the_work(primitives, run):
    variable = contextvars.ContextVar("variable")

    def work(first, second=0):
        return first + second, variable.get(), threading.current_thread()

    async def main():
        variable.set("context")
        coroutine = primitives.to_thread(work, 1, second=2)
        assert asyncio.iscoroutine(coroutine)
        total, seen, thread = await coroutine
        assert (total, seen) == (3, "context")
        assert thread is not threading.current_thread()
        with pytest.raises(ZeroDivisionError):
            await primitives.to_thread(divmod, 1, 0)

    run(main)
