"""A loop's coroutine functions are known as such: unittest.mock asks, before it stands for one."""

import asyncio
from unittest import mock

import pytest

import trueloop


@pytest.fixture
def loop():
    loop = trueloop.new_event_loop()
    yield loop
    loop.close()


def coroutine_methods():
    loop = asyncio.SelectorEventLoop
    return [
        name
        for name in dir(loop)
        if not name.startswith("_") and asyncio.iscoroutinefunction(getattr(loop, name))
    ]


@pytest.mark.filterwarnings("ignore:.*iscoroutinefunction:DeprecationWarning")
def test_what_awaits_on_asyncios_loop_is_a_coroutine_function_on_ours(loop):
    names = coroutine_methods()

    assert "start_tls" in names
    assert [name for name in names if not asyncio.iscoroutinefunction(getattr(loop, name))] == []


def test_a_mock_of_one_can_be_awaited(loop):
    async def main():
        with mock.patch.object(loop, "start_tls", autospec=True, return_value="transport"):
            return await loop.start_tls("transport", "protocol", "context")

    assert loop.run_until_complete(main()) == "transport"
