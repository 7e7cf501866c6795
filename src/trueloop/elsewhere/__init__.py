"""Elsewhere: asyncio's own loop, observed from Python, where there is no native kernel.

Law: the program runs on CPython's loop, tasks and futures; each is subclassed only as far as the
hooks need it. What a program can tell apart from plain asyncio is a defect here.

    hooks     slots and facts, as the kernel's
    future    Future and Task, which know who read their exception and who created them
    handle    asyncio's handles, which know who scheduled their callback
    loop      EventLoop, which tells the hooks of each step
"""

from trueloop.elsewhere import hooks
from trueloop.elsewhere.future import Future, Task
from trueloop.elsewhere.loop import EventLoop, new_event_loop

__all__ = ["EventLoop", "Future", "Task", "hooks", "new_event_loop"]
