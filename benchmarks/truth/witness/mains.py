"""Main coroutines: whatever asyncio.run, a Runner or run_until_complete is given to run."""

import asyncio


def around_mains(wrap):
    """Have each main coroutine run inside `wrap(main)`, as its author would have written it."""
    run, run_until_complete = asyncio.Runner.run, asyncio.BaseEventLoop.run_until_complete

    def run_wrapped(self, main, **options):
        if asyncio.iscoroutine(main):
            main = wrap(main)
        return run(self, main, **options)

    def run_until_complete_wrapped(self, future):
        if asyncio.iscoroutine(future) and not future.__name__.startswith("shutdown_"):
            future = wrap(future)
        return run_until_complete(self, future)

    asyncio.Runner.run = run_wrapped
    asyncio.BaseEventLoop.run_until_complete = run_until_complete_wrapped
