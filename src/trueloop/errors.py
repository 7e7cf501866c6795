"""The exceptions that trueloop raises on its own account.

Owns every public exception class. What asyncio raises, trueloop raises under asyncio's names.
"""

__all__ = ["PolicyUnavailableError", "TrueloopError"]


class TrueloopError(Exception):
    """Base of every exception that only trueloop raises."""


class PolicyUnavailableError(TrueloopError, RuntimeError):
    """This Python has no event loop policies to install (3.14 deprecates them, 3.16 has none)."""
