"""Callers: the frames of a running thread, and which of them is the developer's.

Law: looks outwards from a frame, never past the loop: what lies outside of it has only started it.
Keeps no frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueloop.diagnostics.places import LOOP_FILES, Origin, Place, of_code, origin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_MOST_FRAMES = 200


def outwards(frame: FrameType | None) -> Iterator[FrameType]:
    """The frame, its caller, and so on, up to the loop."""
    for _ in range(_MOST_FRAMES):
        if frame is None or frame.f_code.co_filename in LOOP_FILES:
            return
        yield frame
        frame = frame.f_back


def developers_own(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of the developer's own code; None if there is none inside the loop."""
    for each in outwards(frame):
        if origin(each.f_code.co_filename) is Origin.USER:
            return each
    return None


def stack_of(frame: FrameType | None) -> tuple[Place, ...]:
    """The lines that lead to the frame's, innermost first, without trueloop's own."""
    return tuple(
        of_code(each.f_code, each.f_lineno)
        for each in outwards(frame)
        if origin(each.f_code.co_filename) is not Origin.TRUELOOP
    )
