"""A stall as a watch might have recorded it: tests replace in it what they are about."""

from trueloop.diagnostics.stall import Stall

STALL = Stall(
    samples=(),
    starved_s=0.0,
    cpu_s=0.0,
    watch_late_s=0.0,
    announced=False,
    announced_at=None,
    truncated=False,
)
