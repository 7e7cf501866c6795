"""A task runs in a copy of the context it was created in; so does a callback."""

import asyncio
import concurrent.futures
import contextvars

import pytest

request_id = contextvars.ContextVar("request_id", default="none")


async def read():
    await asyncio.sleep(0)
    return request_id.get()


def test_a_task_sees_the_values_of_its_creation(run):
    async def main():
        request_id.set("before")
        task = asyncio.create_task(read())
        request_id.set("after")
        return await task, request_id.get()

    assert run(main) == ("before", "after")


def test_what_a_task_sets_stays_in_the_task(run):
    async def main():
        async def change():
            request_id.set("inside")
            await asyncio.sleep(0)
            return request_id.get()

        request_id.set("outside")
        return await asyncio.create_task(change()), request_id.get()

    assert run(main) == ("inside", "outside")


def test_a_coroutine_awaited_directly_shares_the_context(run):
    async def main():
        async def change():
            request_id.set("inside")

        request_id.set("outside")
        await change()
        return request_id.get()

    assert run(main) == "inside"


def test_concurrent_tasks_keep_their_values_across_awaits(run):
    async def main():
        async def handle(number):
            request_id.set(f"request {number}")
            seen = [await read() for _ in range(3)]
            await asyncio.sleep(0)
            return {*seen, request_id.get()}

        return await asyncio.gather(*(handle(number) for number in range(5)))

    assert run(main) == [{f"request {number}"} for number in range(5)]


def test_a_task_can_be_given_a_context_to_share(run):
    async def main():
        async def change():
            request_id.set("inside")

        context = contextvars.copy_context()
        await asyncio.create_task(change(), context=context)
        return request_id.get(), context[request_id]

    assert run(main) == ("none", "inside")


def test_callbacks_and_timers_run_in_the_context_of_their_scheduling(run):
    async def main():
        loop = asyncio.get_running_loop()
        seen = []
        finished = asyncio.Event()
        request_id.set("before")
        loop.call_soon(lambda: seen.append(request_id.get()))
        loop.call_later(0, lambda: seen.append(request_id.get()))
        loop.call_soon_threadsafe(lambda: seen.append(request_id.get()))
        loop.call_later(0.001, finished.set)
        request_id.set("after")
        await finished.wait()
        return seen

    assert run(main) == ["before"] * 3


def test_callbacks_scheduled_together_do_not_see_each_others_changes(run):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        seen = []

        def change(value):
            seen.append(request_id.get())
            request_id.set(value)
            loop.call_soon(lambda: seen.append(f"after {request_id.get()}"))

        async def change_in_task(value):
            change(value)

        request_id.set("outside")
        loop.call_soon(change, "one")
        loop.call_soon(change, "two")
        future.add_done_callback(lambda _: change("three"))
        future.add_done_callback(lambda _: change("four"))
        future.set_result(None)
        task = asyncio.create_task(change_in_task("five"))
        loop.call_soon(change, "six")
        await task
        await asyncio.sleep(0)
        return seen, request_id.get()

    names = ("one", "two", "three", "four", "five", "six")
    assert run(main) == (["outside"] * 6 + [f"after {name}" for name in names], "outside")


def test_a_copy_made_in_a_callback_outlives_it(run):
    async def main():
        loop = asyncio.get_running_loop()
        copies = []

        def keep_copy(value):
            request_id.set(value)
            copies.append(contextvars.copy_context())
            request_id.set("later")

        for value in ("one", "two", "three"):
            loop.call_soon(keep_copy, value)
        await asyncio.sleep(0)
        return [copy[request_id] for copy in copies]

    assert run(main) == ["one", "two", "three"]


def test_a_callback_can_be_given_a_context(run):
    async def main():
        loop = asyncio.get_running_loop()
        seen = []
        context = contextvars.copy_context()
        context.run(request_id.set, "given")
        future = loop.create_future()
        loop.call_soon(lambda: seen.append(request_id.get()), context=context)
        future.add_done_callback(lambda _: seen.append(request_id.get()), context=context)
        future.set_result(None)
        await asyncio.sleep(0)
        return seen

    assert run(main) == ["given", "given"]


def test_to_thread_takes_the_context_along(run):
    async def main():
        request_id.set("outside")
        return await asyncio.to_thread(request_id.get)

    assert run(main) == "outside"


def test_run_in_executor_does_not(run):
    async def main():
        request_id.set("outside")
        return await asyncio.get_running_loop().run_in_executor(None, request_id.get)

    assert run(main) == "none"


def test_run_in_executor_can_be_given_a_copy(run):
    async def main():
        request_id.set("outside")
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return await loop.run_in_executor(pool, context.run, request_id.get)

    assert run(main) == "outside"


def test_a_token_of_another_task_cannot_be_reset(run):
    async def main():
        async def change():
            return request_id.set("inside")

        token = await asyncio.create_task(change())
        with pytest.raises(ValueError, match="was created in a different Context"):
            request_id.reset(token)

    run(main)
