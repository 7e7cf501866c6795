"""The ready queue: first in, first out, whatever the door and however many."""

import asyncio
import gc
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop


def drain(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


@pytest.mark.parametrize("count", [1, 255, 256, 257, 511, 1000, 5000])
def test_callbacks_run_in_the_order_of_their_scheduling(either_loop, count):
    ran = []
    for n in range(count):
        either_loop.call_soon(ran.append, n)
    drain(either_loop)
    assert ran == list(range(count))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 3)), max_size=12))
def test_the_ring_keeps_the_order_while_it_grows_and_wraps(bursts):
    """Each burst pushes `width` entries of which each pushes `depth` more when it runs."""
    loop = trueloop.new_event_loop()
    ran, model, expected = [], [], []

    def entry(n, depth):
        ran.append((n, depth))
        if depth:
            loop.call_soon(entry, n, depth - 1)

    try:
        for width, depth in bursts:
            for n in range(width):
                loop.call_soon(entry, n, depth)
                model.append((n, depth))
            drain(loop)
            # one pass: what was there, each leaving its successor at the end
            was, model = model, []
            for n, left in was:
                expected.append((n, left))
                if left:
                    model.append((n, left - 1))
            assert ran == expected
            assert len(loop.ready_queue) == len(model)
    finally:
        loop.close()


def test_done_callbacks_tasks_and_callbacks_share_one_queue(either_loop):
    ran = []

    async def step(name):
        ran.append(name)

    async def main():
        future = either_loop.create_future()
        future.add_done_callback(lambda f: ran.append("done 1"))
        either_loop.call_soon(ran.append, "soon 1")
        future.set_result(None)
        tasks = [asyncio.create_task(step("task"))]
        future.add_done_callback(lambda f: ran.append("done 2"))
        either_loop.call_soon(ran.append, "soon 2")
        await asyncio.gather(*tasks)

    either_loop.run_until_complete(main())
    assert ran == ["soon 1", "done 1", "task", "done 2", "soon 2"]


def test_threadsafe_and_plain_calls_on_the_loops_thread_keep_their_order(either_loop):
    ran = []

    async def main():
        for n in range(300):
            call = (either_loop.call_soon, either_loop.call_soon_threadsafe)[n % 3 == 0]
            call(ran.append, n)

    either_loop.run_until_complete(main())
    drain(either_loop)
    assert ran == list(range(300))


def test_what_another_thread_posted_goes_before_what_is_scheduled_later(loop):
    ran = []

    async def main():
        thread = threading.Thread(target=loop.call_soon_threadsafe, args=(ran.append, "posted"))
        thread.start()
        thread.join()
        loop.call_soon(ran.append, "scheduled")

    loop.run_until_complete(main())
    drain(loop)
    assert ran == ["posted", "scheduled"]


def test_what_a_pass_schedules_waits_for_the_next(either_loop):
    ran = []

    def again():
        ran.append(len(ran))
        either_loop.call_soon(again)

    either_loop.call_soon(again)
    for _ in range(3):
        drain(either_loop)
    assert ran == [0, 1, 2]


def test_a_callback_that_cancels_its_own_handle_runs_to_its_end(either_loop):
    ran = []

    def callback(payload):
        handle.cancel()
        gc.collect()
        ran.append(payload)

    handle = either_loop.call_soon(callback, ["payload"])
    drain(either_loop)
    assert ran == [["payload"]]
    assert handle.cancelled()


def test_a_cancelled_handle_is_passed_over(either_loop):
    handle = either_loop.call_soon(pytest.fail, "cancelled")
    handle.cancel()
    drain(either_loop)


def test_a_pass_made_inside_a_callback_leaves_the_outer_one_in_order(loop):
    """Not supported by asyncio either, but no reason to crash."""
    ran = []

    def nested(n):
        ran.append(n)
        loop._run_once()

    for n in range(600):
        loop.call_soon(nested if n < 3 else ran.append, n)
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert ran == list(range(600))


def test_keyboard_interrupt_leaves_the_rest_for_the_next_run(either_loop):
    ran = []

    def interrupt():
        raise KeyboardInterrupt

    either_loop.call_soon(interrupt)
    either_loop.call_soon(ran.append, "rest")
    with pytest.raises(KeyboardInterrupt):
        either_loop.run_forever()
    assert ran == []
    drain(either_loop)
    assert ran == ["rest"]


def test_an_exception_reaches_the_handler_and_the_rest_runs(either_loop, reports):
    ran = []
    either_loop.call_soon(lambda: 1 / 0)
    either_loop.call_soon(ran.append, "rest")
    drain(either_loop)
    assert ran == ["rest"]
    [(message, exc)] = reports
    assert message.startswith("Exception in callback ")
    assert isinstance(exc, ZeroDivisionError)


def test_a_replaced_call_soon_sees_everything_that_is_scheduled(either_loop):
    seen = []
    plain = either_loop.call_soon

    def call_soon(callback, *args, context=None):
        seen.append(callback)
        return plain(callback, *args, context=context)

    async def child():
        await asyncio.sleep(0)
        return 1

    async def main():
        future = either_loop.create_future()
        future.add_done_callback(marker)
        future.set_result(None)
        assert await asyncio.create_task(child()) == 1

    def marker(future):
        pass

    either_loop.call_soon = call_soon
    either_loop.run_until_complete(main())
    assert marker in seen
    # main's and child's first step, child's second, its end waking main
    assert len([c for c in seen if c is not marker]) >= 4
    del either_loop.call_soon
    seen.clear()
    either_loop.run_until_complete(main())
    assert seen == []


def test_handles_know_their_context_and_callback(either_loop):
    handle = either_loop.call_soon(print, 1)
    assert isinstance(handle, asyncio.Handle)
    assert handle._callback is print
    assert handle._args == (1,)
    assert "print" in repr(handle)
    handle.cancel()
    assert repr(handle) == "<Handle cancelled>"
    assert handle._callback is None
