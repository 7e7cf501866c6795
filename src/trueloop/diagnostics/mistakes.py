"""Mistakes: whatever a detector raises stays here; a program never learns of a detector's mistake.

Law: knows nothing of detectors and hooks: it takes a callable and gives one.
"""

from __future__ import annotations

import _thread
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def guarded(
    method: Callable[..., Any],
    *,
    is_finalizing: Callable[[], bool] = sys.is_finalizing,
    interrupt: Callable[[], None] = _thread.interrupt_main,
    dispose: Callable[[BaseException], object] | None = None,
) -> Callable[..., Any]:
    """`method`, but it raises nothing, and does nothing while the interpreter goes away.

    A Ctrl-C that arrives while a detector runs is the program's: it is sent again. The function
    holds all it needs itself, because it may be called when this module is half gone.
    """
    dispose = dispose or Mistake

    def call(*arguments: Any) -> Any:
        if is_finalizing():
            return None
        try:
            return method(*arguments)
        except KeyboardInterrupt:
            interrupt()
        except RecursionError:
            pass  # the program stands at its limit: no mistake of ours, and no room to tell it
        except BaseException as error:
            dispose(error)
        return None

    return call


class Mistake:
    """An exception of ours: it goes where Python puts what it cannot raise, sys.unraisablehook.

    Only Python itself can call that hook in full, and does so for what a finaliser raises.
    """

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __del__(self) -> None:
        raise self._error
