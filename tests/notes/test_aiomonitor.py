"""aiomonitor: from its own thread and loop it lists, explains and cancels the tasks of ours."""

import asyncio
import time
import warnings

import aiohttp
import pytest

from tests.clients.server_process import free_port

with warnings.catch_warnings():
    # aiomonitor 0.7 imports a name that click has moved.
    warnings.simplefilter("ignore", DeprecationWarning)
    import aiomonitor

# Its web page keeps its state under a plain string, which newer aiohttp advises against.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.web.NotAppKeyWarning")


@pytest.fixture(params=[False, True], ids=["plain", "traced"])
def start_monitor(request):
    """Start a monitor of the running loop, with tasks as they are or with its own task class."""

    def start():
        return aiomonitor.start_monitor(
            asyncio.get_running_loop(),
            port=free_port(),
            webui_port=free_port(),
            console_enabled=False,
            hook_task_factory=request.param,
        )

    return start


async def wait_for_ever():
    await asyncio.Event().wait()


def running(monitor, name):
    (task,) = (task for task in monitor.format_running_task_list("", False) if task.name == name)
    return task


def ended(monitor, name):
    """The monitor's record of an ended task; it gets there through a queue to its own thread."""
    while True:
        for task in monitor.format_terminated_task_list("", False):
            if task.name == name:
                return task
        time.sleep(0.001)


def test_it_lists_the_running_tasks(run, start_monitor):
    async def main():
        with start_monitor() as monitor:
            watched = asyncio.create_task(wait_for_ever(), name="watched")
            await asyncio.sleep(0)
            listed = running(monitor, "watched")
            watched.cancel()
            await asyncio.wait([watched])
        return listed.state, listed.coro

    state, coroutine = run(main)
    assert state == "PENDING"
    assert "wait_for_ever" in coroutine


def test_it_shows_where_a_task_stands(run, start_monitor):
    async def main():
        with start_monitor() as monitor:
            watched = asyncio.create_task(wait_for_ever(), name="watched")
            await asyncio.sleep(0)
            stack = monitor.format_running_task_stack(running(monitor, "watched").task_id)
            watched.cancel()
            await asyncio.wait([watched])
        return "".join(item.content for item in stack)

    assert "in wait_for_ever" in run(main)


def test_it_cancels_a_task_from_its_own_thread(run, start_monitor):
    async def main():
        with start_monitor() as monitor:
            watched = asyncio.create_task(wait_for_ever(), name="watched")
            await asyncio.sleep(0)
            task_id = running(monitor, "watched").task_id
            cancelling = asyncio.run_coroutine_threadsafe(
                monitor.cancel_monitored_task(task_id), monitor._ui_loop
            )
            assert "wait_for_ever" in await asyncio.wrap_future(cancelling)
            with pytest.raises(asyncio.CancelledError):
                await watched

    run(main)


def test_its_web_page_serves_the_list(run, start_monitor):
    async def main():
        with start_monitor() as monitor:
            watched = asyncio.create_task(wait_for_ever(), name="watched")
            address = f"http://{monitor.host}:{monitor._webui_port}"
            async with aiohttp.ClientSession() as session:
                async with session.post(f"{address}/api/live-tasks") as response:
                    listed = await response.json()
                (task,) = (task for task in listed["tasks"] if task["name"] == "watched")
                async with session.delete(
                    f"{address}/api/task", params={"task_id": task["task_id"]}
                ) as response:
                    assert response.status == 200
            with pytest.raises(asyncio.CancelledError):
                await watched

    run(main)


def test_tasks_made_in_its_class_leave_their_story_behind(run):
    """With its task factory it also knows where the tasks stood that have ended."""

    async def main():
        loop = asyncio.get_running_loop()
        with aiomonitor.start_monitor(
            loop,
            port=free_port(),
            webui_port=free_port(),
            console_enabled=False,
            hook_task_factory=True,
        ) as monitor:
            watched = asyncio.create_task(wait_for_ever(), name="watched")
            await asyncio.sleep(0)
            watched.cancel()
            await asyncio.wait([watched])
            story = await asyncio.to_thread(ended, monitor, "watched")
            stack = monitor.format_terminated_task_stack(story.task_id)
        assert loop.get_task_factory() is None
        return "".join(item.content for item in stack)

    assert "in wait_for_ever" in run(main)
