"""The wait-for graph: who waits for what, and who could end the wait; derived when asked for.

Law: nothing is kept while nobody asks, and nothing after the answer. What a task waits for, it
knows itself; what that waits for in turn is read from asyncio's own objects.

    from trueloop.diagnostics import waits

    for task in asyncio.all_tasks():
        print(waits.describe(task))
"""

from trueloop.diagnostics.waits.chain import is_handling
from trueloop.diagnostics.waits.description import Wait, describe, title
from trueloop.diagnostics.waits.search import Answer, Circle, find_circles
from trueloop.diagnostics.waits.wakers import Wakers, futures_awaited, is_suspended
from trueloop.diagnostics.waits.wakers import of_task as wakers_of

__all__ = [
    "Answer",
    "Circle",
    "Wait",
    "Wakers",
    "describe",
    "find_circles",
    "futures_awaited",
    "is_handling",
    "is_suspended",
    "title",
    "wakers_of",
]
