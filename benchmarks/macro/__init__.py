"""Workloads with sockets in them, one kind of program per file."""

from benchmarks.macro import (
    crawler,
    echo_protocol,
    echo_sock,
    echo_streams,
    echo_tls,
    echo_udp,
    echo_unix,
    fan_out,
    http_aiohttp,
    http_uvicorn,
    idle_crowd,
    inference,
    postgres_client,
    redis_client,
)

ROWS = (
    *echo_protocol.ROWS,
    *echo_streams.ROWS,
    *echo_sock.ROWS,
    *echo_tls.ROWS,
    *echo_udp.ROWS,
    *echo_unix.ROWS,
    *idle_crowd.ROWS,
    *http_uvicorn.ROWS,
    *http_aiohttp.ROWS,
    *fan_out.ROWS,
    *inference.ROWS,
    *redis_client.ROWS,
    *postgres_client.ROWS,
    *crawler.ROWS,
)
