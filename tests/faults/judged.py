"""What was looked at and found to be right, or not to be trueloop's: scenario, fault, reason."""

from fnmatch import fnmatch

__all__ = ["reason_for"]

# (scenario, "kind errno" or "allocation", what was told or seen, reason)
JUDGED = (
    (
        "scheduling.signals",
        "recv E[CB]*",
        "*",
        "the self-pipe's own descriptor is broken: signals are lost, on asyncio too",
    ),
    (
        "*",
        "allocation",
        "*Exception in callback *_[rd][eo][ln]e*(*MemoryError()*DeadlockError*",
        "asyncio's wait_for, gather: a callback found no memory; asyncio waits for ever, we tell",
    ),
    (
        "*",
        "allocation",
        "*_accept_connection()*MemoryError() in socket.py:accept\nleft 1 x socket",
        "CPython's socket.accept(): no memory for the object of the descriptor that it has got",
    ),
    (
        "*",
        "allocation",
        "*SystemError(<function socket.accept at *> returned NULL without setting an exception)*",
        "CPython 3.11: no memory for the frame of a function of Python's that C calls",
    ),
    (
        "*",
        "allocation",
        "*_UnixReadPipeTransport._read_ready()*MemoryError()*DeadlockError*",
        "asyncio's pipe: stops reading, then finds no memory to schedule eof_received(); we tell",
    ),
    (
        "*",
        "allocation",
        "*._child_watcher_callback(*MemoryError()*DeadlockError*",
        "asyncio's callback with a child's status found no memory to pass it on; we tell",
    ),
)


def reason_for(scenario: str, fault: str, seen: str) -> str | None:
    """Why a finding of this scenario under this fault is none; None if nobody has judged it.

    `seen`: what was told and how it ended, line by line.
    """
    for one, faults, sight, reason in JUDGED:
        if fnmatch(scenario, one) and fnmatch(fault, faults) and fnmatch(seen, sight):
            return reason
    return None
