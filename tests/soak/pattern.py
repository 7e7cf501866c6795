"""Bytes that say where they belong: a piece that is lost, doubled or moved does not fit."""

PERIOD = 251  # a prime
SUPPLY = bytes(range(PERIOD)) * 5000


def piece(start: int, size: int) -> bytes:
    """The bytes from `start` on."""
    start %= PERIOD
    return SUPPLY[start : start + size]
