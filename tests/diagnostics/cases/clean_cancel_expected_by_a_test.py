"""A test that wants to see the cancellation."""

import asyncio
import unittest


class CancellationTest(unittest.IsolatedAsyncioTestCase):
    async def test_sleep_can_be_cancelled(self):
        task = asyncio.current_task()
        asyncio.get_running_loop().call_later(0.01, task.cancel)
        with self.assertRaises(asyncio.CancelledError):
            await asyncio.sleep(5)
        await asyncio.sleep(0)


unittest.main()
