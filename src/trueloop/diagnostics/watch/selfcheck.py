"""The check before the watch starts: does its reader see what Python itself says of a stack?

Law: decides how stacks are looked at; judges no program. The reader is compiled for the frames of
one CPython; a build that was patched, or is another than it claims to be, would make it name wrong
lines, and nobody would notice. So it first reads a stack whose every line is known.
"""

import sys
from collections.abc import Callable, Coroutine, Generator
from types import FrameType
from typing import Any, TypeAlias

from trueloop.diagnostics.watch import _native

_Frames: TypeAlias = tuple[tuple[str, int, str], ...]
_Both: TypeAlias = tuple[_Frames | None, _Frames]


def way_to_look() -> str:
    """How stacks can be looked at here: "native", "polite", or "none". No watch may run."""
    if agrees():
        return "native"
    return "polite" if _native.can_be_polite() else "none"


def agrees(own_stack: Callable[[], _Frames | None] = _native.own_stack) -> bool:
    """Whether `own_stack` tells the truth about functions, generators, coroutines and C calls."""
    # A second time, for the interpreter rewrites code that it has met before.
    return all(_is_true(*_call_from_c(own_stack)) for _ in range(2))


def _is_true(seen: _Frames | None, known: _Frames) -> bool:
    return seen is not None and len(seen) >= len(known) and seen[: len(known)] == known


def _known(frame: FrameType | None) -> _Frames:
    """The stack from `frame` out to the outermost frame of this module, by Python's own means."""
    frames = []
    while frame is not None and frame.f_code.co_filename == __file__:
        frames.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname))
        frame = frame.f_back
    return tuple(frames)


def _call_from_c(own_stack: Callable[[], _Frames | None]) -> _Both:
    return next(map(_resume, [own_stack]))


def _resume(own_stack: Callable[[], _Frames | None]) -> _Both:
    coroutine = _coroutine(own_stack)
    try:
        coroutine.send(None)
    except StopIteration as end:
        both: _Both = end.value
        return both
    raise AssertionError("a coroutine that awaits nothing was suspended")


async def _coroutine(own_stack: Callable[[], _Frames | None]) -> _Both:
    return await _inner(own_stack)


def _inner(own_stack: Callable[[], _Frames | None]) -> Coroutine[Any, Any, _Both]:
    async def read() -> _Both:
        return next(_generator(own_stack))

    return read()


def _generator(own_stack: Callable[[], _Frames | None]) -> Generator[_Both]:
    yield own_stack(), _known(sys._getframe())
