"""Workloads with sockets in them, one kind of program per file."""

from benchmarks.macro import echo_protocol

ROWS = (*echo_protocol.ROWS,)
