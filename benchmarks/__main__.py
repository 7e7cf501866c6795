"""`python -m benchmarks`."""

from benchmarks.run import command

raise SystemExit(command())
