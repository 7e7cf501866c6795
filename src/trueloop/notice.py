"""Notice: says once that a program runs without the native loop, and what that means.

Law: one notice per process, when the first loop is made, and none where the kernel is. It goes to
the `trueloop.notice` logger as a WARNING, which Python shows on standard error unless logging is
set up; no Python warning, because test suites turn those into errors.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from trueloop import diagnostics, runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _log(text: str) -> None:
    logging.getLogger("trueloop.notice").warning("%s", text)


_tell: Callable[[str], object] = _log
_untold = [True]


def prepare() -> None:
    """Give the notice with the first loop, if there is something to say."""
    if runtime.why_not_native is not None:
        runtime.on_new_loop.append(_first_loop)


def tell_through(tell: Callable[[str], object]) -> None:
    """Call tell(text) with the notice instead of logging it."""
    global _tell
    _tell = tell


def text() -> str:
    """The notice; one line."""
    if not diagnostics.enabled():
        watched = "diagnostics are off"
    else:
        watched = (
            "findings come from Python (blocked-loop without the line, where C code keeps the GIL"
        )
        missing = diagnostics.missing_kinds()
        watched += f"; none of {', '.join(missing)})" if missing else ")"
    return (
        f"trueloop: running on asyncio's own event loop, because {runtime.why_not_native}. "
        f"Everything works, somewhat slower than on plain asyncio; {watched}."
    )


def _first_loop(_: Any) -> None:
    if _untold:
        _untold.clear()
        _tell(text())
