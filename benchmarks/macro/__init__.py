"""Workloads with sockets in them, one kind of program per file."""

from benchmarks.macro import echo_protocol, echo_sock, echo_streams, echo_udp, echo_unix

ROWS = (
    *echo_protocol.ROWS,
    *echo_streams.ROWS,
    *echo_sock.ROWS,
    *echo_udp.ROWS,
    *echo_unix.ROWS,
)
