"""Results as the benchmarks would write them, with made-up figures."""

import pytest

from benchmarks.results import Results, Row

MACHINE = {"cpu": "Abacus", "cpus": 2, "kernel": "6.1", "libc": "glibc 2.39"}
PEERS = {
    "asyncio": "3.14.0",
    "uvloop": "0.23.0",
    "trueloop": "0.1.0",
    "trueloop-accelerated": "0.1.0",
    "trueloop-bare": "0.1.0",
}


@pytest.fixture
def results():
    """Three rows in which less is better, and one in which more is."""
    return Results(
        "3.14.0",
        "0123456789ab",
        dict(MACHINE),
        dict(PEERS),
        rows={
            "sleep": Row(
                "one sleep",
                target=0.5,
                accelerated=0.2,
                scheduling=True,
                figures={
                    "asyncio": [300.0, 330.0, 360.0],
                    "uvloop": [100.0, 110.0, 400.0],
                    "trueloop": [40.0, 55.0, 160.0],
                    "trueloop-accelerated": [25.0, 33.0, 80.0],
                    "trueloop-bare": [38.0, 50.0, 160.0],
                },
            ),
            "queue": Row(
                "one item",
                scheduling=True,
                figures={
                    "asyncio": [90.0],
                    "uvloop": [100.0],
                    "trueloop": [100.0],
                    "trueloop-accelerated": [95.0],
                    "trueloop-bare": [100.0],
                },
            ),
            "http_cpu": Row(
                "CPU of one request",
                group="macro",
                figures={
                    "asyncio": [20.0],
                    "uvloop": [10.0],
                    "trueloop": [8.0],
                    "trueloop-accelerated": [7.0],
                },
            ),
            "http": Row(
                "requests a second",
                group="macro",
                unit="/s",
                more_is_better=True,
                target=1.4,
                figures={
                    "asyncio": [4_000.0],
                    "uvloop": [10_000.0],
                    "trueloop": [15_000.0],
                    "trueloop-accelerated": [16_000.0],
                    "trueloop-bare": [16_000.0],
                },
            ),
        },
    )
