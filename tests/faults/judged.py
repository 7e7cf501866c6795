"""What was looked at and found to be right, or not to be trueloop's: scenario, fault, reason."""

from fnmatch import fnmatch

__all__ = ["reason_for"]

# (scenario, "kind errno", reason)
JUDGED = (
    (
        "scheduling.signals",
        "recv E[CB]*",
        "the self-pipe's own descriptor is broken: signals are lost, on asyncio too",
    ),
)


def reason_for(scenario: str, fault: str) -> str | None:
    """Why a finding of this scenario under this fault is none; None if nobody has judged it."""
    for pattern, faults, reason in JUDGED:
        if fnmatch(scenario, pattern) and fnmatch(fault, faults):
            return reason
    return None
