"""What a program pays before its first line of work, and for a loop that it makes and closes."""

from benchmarks.startup import lifetime, processes

ROWS = (*processes.ROWS, *lifetime.ROWS)
