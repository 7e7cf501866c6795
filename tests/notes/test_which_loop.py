"""The two readings of each note really happen on two loops."""

import asyncio


def test_the_loop_under_test_is_the_one_that_runs(run, new_event_loop):
    async def main():
        return type(asyncio.get_running_loop()).__mro__, type(asyncio.current_task())

    ancestry, task_type = run(main)
    home = new_event_loop.__module__.partition(".")[0]
    assert ancestry[0].__module__.partition(".")[0] == home
    assert task_type.__module__.lstrip("_").partition(".")[0] == home


def test_both_loops_answer_to_the_asyncio_types(run):
    async def main():
        loop = asyncio.get_running_loop()
        assert isinstance(loop, asyncio.AbstractEventLoop)
        assert isinstance(asyncio.current_task(), asyncio.Task)
        assert isinstance(asyncio.current_task(), asyncio.Future)
        assert isinstance(loop.create_future(), asyncio.Future)
        assert not isinstance(loop.create_future(), asyncio.Task)

    run(main)


def test_a_loop_can_be_driven_by_hand(new_event_loop):
    async def main():
        assert asyncio.get_event_loop() is loop
        return 42

    loop = new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        assert asyncio.get_event_loop() is loop
        assert loop.run_until_complete(main()) == 42
        assert not loop.is_running()
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert loop.is_closed()
