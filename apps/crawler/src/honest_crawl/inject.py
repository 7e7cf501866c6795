"""Owns the mistake that the lab plants on the loop, and the same wait written rightly."""

import asyncio
import time
from enum import Enum

__all__ = ["Injection", "inject"]

_WAIT_S = 2.0


class Injection(Enum):
    """What the lab plants into the parser."""

    NONE = "none"
    BLOCKER = "blocker"
    PAUSE = "pause"


async def inject(injection: Injection) -> None:
    """Do what is to be planted; called on the loop."""
    match injection:
        case Injection.BLOCKER:
            _block()
        case Injection.PAUSE:
            await _pause()
        case Injection.NONE:
            pass


def _block() -> None:
    """The cardinal sin: while this sleeps, nothing else on the loop can run."""
    time.sleep(_WAIT_S)


async def _pause() -> None:
    """The same wait, during which everything else goes on."""
    await asyncio.sleep(_WAIT_S)
