"""Injection: the injector (injector.c), built, preloaded, and spoken to from Python.

Law: knows what can be made to fail and how; not what is tried, nor what is right.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from errno import (
    EAGAIN,
    EBADF,
    ECONNABORTED,
    ECONNREFUSED,
    ECONNRESET,
    EINTR,
    EINVAL,
    EIO,
    EMFILE,
    ENETUNREACH,
    ENFILE,
    ENOBUFS,
    ENOMEM,
    ENOSPC,
    ENOTCONN,
    EPERM,
    EPIPE,
    errorcode,
)
from pathlib import Path

__all__ = ["KINDS", "SHORT", "WAYS", "Injector", "Plan", "how_called", "run_with_injector"]

SOURCE = Path(__file__).with_name("injector.c")
SHORT = -1  # instead of an errno: only one byte is read or written

# In the order of injector.c; and how a call of the kind may fail.
_STARVED = (ENOMEM, EMFILE, ENFILE)
WAYS: dict[str, tuple[int, ...]] = {
    "accept": (EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPERM),
    "bind": (EINVAL,),
    "connect": (ECONNREFUSED, ENETUNREACH),
    "epoll_create": _STARVED,
    "epoll_ctl": (ENOMEM, ENOSPC, EBADF),
    "epoll_wait": (EINTR,),
    "eventfd": _STARVED,
    "getpeername": (ENOTCONN, ENOBUFS),
    "getsockname": (ENOBUFS,),
    "getsockopt": (ENOBUFS,),
    "listen": (EINVAL,),
    "open": (EMFILE,),
    "pipe": (EMFILE, ENFILE),
    "read": (EINTR, EAGAIN, EIO, SHORT),
    "recv": (EINTR, EAGAIN, ECONNRESET, ENOMEM, EBADF, SHORT),
    "send": (EINTR, EAGAIN, ECONNRESET, EPIPE, ENOBUFS, ENOMEM, EBADF, SHORT),
    "sendfile": (EINTR, EAGAIN, EPIPE, EIO, SHORT),
    "setsockopt": (EINVAL,),
    "shutdown": (ENOTCONN,),
    "socket": _STARVED,
    "socketpair": _STARVED,
    "timerfd_create": _STARVED,
    "timerfd_settime": (EINVAL,),
    "wait": (EINTR,),
    "write": (EINTR, EAGAIN, EPIPE, EIO, SHORT),
    "pidfd": _STARVED,
    "fcntl": (EINVAL,),
}
KINDS = tuple(WAYS)


def how_called(how: int) -> str:
    """EMFILE, SHORT and so on."""
    return "SHORT" if how == SHORT else errorcode[how]


@dataclass(frozen=True)
class Plan:
    """What fails: calls or allocations number `first` to `last`, counted from 0."""

    first: int
    last: int
    how: int | None = None  # an errno, SHORT, or None for allocations
    kind: str | None = None  # of all calls, only this kind is counted and fails
    own: bool = True  # of allocations, those of trueloop's native code fail from `first` on

    def __str__(self) -> str:
        numbers = f"{self.first}" if self.first == self.last else f"{self.first}..{self.last}"
        if self.how is None:
            return f"allocation {numbers}"
        return f"{self.kind or 'call'} {numbers} {how_called(self.how)}"


class Injector:
    """The injector of this process, which was started by run_with_injector()."""

    def __init__(self) -> None:
        self._library = library = ctypes.CDLL(None)
        for name in ("injector_calls", "injector_allocations"):
            getattr(library, name).restype = ctypes.c_long
        for name in ("injector_kinds", "injector_own", "injector_own_allocations"):
            getattr(library, name).restype = ctypes.POINTER(ctypes.c_uint8)
        library.injector_plan_calls.argtypes = [ctypes.c_long] * 2 + [ctypes.c_int] * 2
        library.injector_plan_allocations.argtypes = [ctypes.c_long] * 2 + [ctypes.c_int] * 2
        # bound now: who looks them up while allocations fail makes new objects
        self.join = library.injector_join
        self.leave = library.injector_leave

    def take_allocators(self) -> None:
        """Let allocations be counted, for the rest of the process."""
        if self._library.injector_take_allocators() < 0:
            raise RuntimeError("this Python does not let its allocators be replaced")

    def tell_where(self) -> None:
        """Write the stacks, C's and Python's, to stderr where something is made to fail."""
        self._library.injector_tell_where(1)

    def plan(self, plan: Plan | None, *, look: bool = False) -> None:
        """Count from 0, and let that fail. look: note which allocations are trueloop's own."""
        nothing = (-1, -1)
        calls, allocations = nothing, nothing
        if plan is not None and plan.how is None:
            allocations = plan.first, plan.last
        elif plan is not None:
            calls = plan.first, plan.last
        kind = -1 if plan is None or plan.kind is None else KINDS.index(plan.kind)
        how = (plan.how if plan is not None else None) or 0
        self._library.injector_plan_calls(*calls, how, kind)
        own = plan is not None and plan.own
        self._library.injector_plan_allocations(*allocations, int(own), int(look))

    def failed(self) -> int:
        """How many calls and allocations were made to fail."""
        return self._library.injector_calls_failed() + self._library.injector_allocations_failed()

    def calls(self) -> list[tuple[str, bool]]:
        """Each call so far: its kind, and whether trueloop's native code made it."""
        count = self._library.injector_calls()
        kinds, own = self._library.injector_kinds(), self._library.injector_own()
        return [(KINDS[kinds[n]], bool(own[n])) for n in range(min(count, 1 << 16))]

    def allocations(self) -> list[bool]:
        """Each allocation so far: whether trueloop's native code made it."""
        count = self._library.injector_allocations()
        own = self._library.injector_own_allocations()
        return [bool(own[n]) for n in range(min(count, 1 << 20))]


def _built() -> Path:
    """The injector as a shared library, built once for each version of its source."""
    name = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"trueloop-faults-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    library = folder / f"injector-{name}.so"
    if not library.exists():
        unfinished = folder / f"{name}.{os.getpid()}"
        flags = ("-shared", "-fPIC", "-O1", "-g", "-Wall", "-Werror")
        subprocess.run(["gcc", *flags, "-o", unfinished, SOURCE, "-ldl"], check=True)
        unfinished.rename(library)
    return library


def run_with_injector(arguments: list[str]) -> None:
    """Replace this process by the same program, with the injector loaded; only once."""
    library = str(_built())
    preloaded = os.environ.get("LD_PRELOAD", "").split()
    if library in preloaded:
        return
    environment = os.environ | {
        "LD_PRELOAD": " ".join([*preloaded, library]),
        "PYTHONHASHSEED": "0",  # the same allocations in each run
    }
    os.execve(sys.executable, [sys.executable, *arguments], environment)
