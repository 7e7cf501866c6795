"""What one task, timer or connection costs in memory, and in objects for the garbage collector."""

from benchmarks.footprint import connections, tasks, timers

ROWS = (*tasks.ROWS, *timers.ROWS, *connections.ROWS)
