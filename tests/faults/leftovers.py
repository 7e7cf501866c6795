"""Leftovers: what a program that has ended has left behind in its process.

Law: compares two looks; knows nothing of faults.
"""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import types
from collections import Counter
from typing import Any

__all__ = ["Look"]

KINDS = (asyncio.Future, asyncio.Handle, asyncio.BaseTransport, asyncio.AbstractServer,
         asyncio.AbstractEventLoop, asyncio.BaseProtocol, socket.socket, types.CoroutineType,
         types.AsyncGeneratorType, types.FrameType)  # fmt: skip


class Look:
    """What there is now: open descriptors, and objects that only a running loop should have."""

    def __init__(self) -> None:
        for _ in range(2):  # what a finaliser lets go of goes in the next round
            gc.collect()
        self.descriptors = _descriptors()
        self._objects = {id(thing) for thing in gc.get_objects() if _is_watched(thing)}

    def left_since(self, *, tell: bool = False) -> list[str]:
        """What is there now and was not then; `tell`: say who refers to it, too."""
        now = Look()
        new = Counter(now.descriptors.values())
        new.subtract(self.descriptors.values())
        found = [f"{n} x {target}" for target, n in new.items() if n > 0]
        own = sys._getframe()
        left = [
            thing
            for thing in gc.get_objects()
            if _is_watched(thing) and id(thing) not in self._objects and thing is not own
        ]
        kinds = Counter(_called(thing) for thing in left)
        found += [f"{n} x {kind}" for kind, n in kinds.items()]
        if tell:
            for thing in left:
                _tell(thing, left, own)
        return found


def _is_watched(thing: Any) -> bool:
    if type(thing) is types.FrameType:
        return False
    try:
        return isinstance(thing, KINDS) or type(thing).__qualname__ in ("Waiter", "Operation")
    except Exception:
        return False


def _called(thing: Any) -> str:
    if isinstance(thing, types.CoroutineType):
        return f"coroutine {thing.__qualname__}"
    return type(thing).__qualname__


def _descriptors() -> dict[int, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except OSError:  # the descriptor of the listing itself
            continue
        found[int(name)] = target.partition(":[")[0]
    return found


def _tell(thing: Any, left: list[Any], own: types.FrameType) -> None:
    sys.stderr.write(f"left: {type(thing)} refcount {sys.getrefcount(thing) - 5}\n")
    for other in gc.get_referrers(thing):
        if other is not left and other is not own and type(other) is not types.FrameType:
            sys.stderr.write(f"   by {type(other)}: {repr(other)[:300]}\n")
