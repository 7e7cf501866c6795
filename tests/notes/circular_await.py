"""Tasks that wait for each other, each case a program of its own: ``circular_await.py LOOP CASE``.

On asyncio a cycle cannot be undone from within its process, so nothing else may live there.
"""

import asyncio
import importlib
import sys


async def two_tasks_wait_for_each_other():
    """A and B wait for each other; one of them is then cancelled."""

    async def wait_for_b():
        await b

    async def wait_for_a():
        await a

    async def release():
        for _ in range(1000):
            await asyncio.sleep(0)
        print("pending" if not (a.done() or b.done()) else "resolved", flush=True)
        a.cancel()

    a = asyncio.create_task(wait_for_b())
    b = asyncio.create_task(wait_for_a())
    try:
        await asyncio.gather(a, b, release())
    except RecursionError:
        print("cancel recursed", flush=True)


async def the_main_task_waits_for_itself_through_others():
    """Main waits for a child, whose child waits for main: nothing is left to do but a signal."""

    def say_pending():
        print("pending", flush=True)

    async def grandchild():
        asyncio.get_running_loop().call_later(0.05, say_pending)
        await main_task

    async def child():
        await asyncio.create_task(grandchild())

    main_task = asyncio.current_task()
    await asyncio.create_task(child())


async def all_tasks_are_waited_for():
    """Who gathers all tasks gathers itself as well."""

    def say_pending():
        print("pending", flush=True)

    asyncio.get_running_loop().call_later(0.05, say_pending)
    await asyncio.gather(*asyncio.all_tasks())


if __name__ == "__main__":
    loop_factory = importlib.import_module(sys.argv[1]).new_event_loop
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(globals()[sys.argv[2]]())
