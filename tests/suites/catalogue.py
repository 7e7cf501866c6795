"""The suites: where each comes from, what it wants, and what must be left out of it, with reasons.

Versions are pinned: a finding can then be looked up in the source that gave it.
"""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Suite:
    """One library's tests.

    Attributes:
        sdist: The source distribution, pinned, as pip takes it.
        wants: Further requirements of its tests; the library itself is one of them.
        tests: The files and folders pytest is given.
        options: What else it is told.
        server: The server it talks to, started for it: "redis" or "postgres".
        server_options: Further options; {fields} are filled in from the server's address.
        environment: Variables its tests read, filled in likewise.
        renamed: Modules that tests of an older name import, by that name.
        left_out: Tests that cannot run here at all, by pytest's name or part of it: the reason.
    """

    sdist: str
    wants: tuple[str, ...]
    tests: tuple[str, ...] = ("tests",)
    options: tuple[str, ...] = ()
    server: str | None = None
    server_options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def package(self) -> str:
        return self.sdist.partition("==")[0]


# Their own configuration says how to run them; what it asks for in parallel runs one after another.
COMMON = ("pytest==9.2.0", "pytest-timeout==2.4.0", "pytest-mock==3.15.1", "trustme", "psutil")
SMOKE = Path(__file__).parent / "smoke"
SUITES = {
    "aiohttp": Suite(
        "aiohttp==3.14.5",
        (
            *("aiohttp[speedups]==3.14.5", "blockbuster", "re-assert", "freezegun", "proxy.py"),
            *("isal", "zlib_ng", "pytest-codspeed", "python-on-whales", "pytest-cov"),
            *("pytest-xdist", "uvloop"),
        ),
        options=("-n0", "--no-cov", "-p", "no:anyio", "-m", "not dev_mode"),
        left_out={"test_benchmarks_": "measures", "autobahn": "wants containers"},
    ),
    "anyio": Suite(
        "anyio==4.16.0",
        ("anyio==4.16.0", "blockbuster", "hypothesis", "trio", "truststore", "uvloop"),
        options=("-k", "not trio and not uvloop and not network"),
    ),
    "uvicorn": Suite(
        "uvicorn==0.54.0",
        (
            *("uvicorn[standard]==0.54.0", "httpx2", "a2wsgi==1.10.10", "wsproto==1.3.2"),
            *("pytest-xdist", "pytest-codspeed"),
        ),
        options=("-n0",),
        left_out={"tests/benchmarks": "measures"},
    ),
    "httpx2": Suite(
        # httpx2's distribution has no tests: those of httpx, from which it comes, are run on it.
        "httpx==0.28.1",
        (
            *("httpx2[http2,socks,brotli,zstd,cli]==2.16.2", "uvicorn", "chardet", "trio"),
            *("zstandard", "certifi"),
        ),
        renamed={"httpx": "httpx2", "httpcore": "httpcore2"},
    ),
    "websockets": Suite(
        # The few tests in the distribution cannot run alone: a smoke run of our own instead.
        "websockets==16.0",
        ("websockets==16.0",),
        (str(SMOKE / "websockets_in_use.py"),),
    ),
    "redis": Suite(
        "redis==8.1.0",
        (
            *("redis==8.1.0", "pytest-asyncio", "numpy", "pybreaker", "xxhash", "requests"),
            *("cachetools", "opentelemetry-sdk", "aiohttp"),
        ),
        ("tests/test_asyncio",),
        (
            *("-m", "not onlycluster and not redismod and not ssl"),
            "--ignore=tests/test_asyncio/test_scenario",  # wants a fault injector and a cluster
            "--ignore=tests/test_asyncio/test_credentials.py",  # wants a cloud's identity service
        ),
        server="redis",
        server_options=("--redis-url=redis://127.0.0.1:{port}/0",),
    ),
    "asyncpg": Suite(
        "asyncpg==0.32.0",
        ("asyncpg==0.32.0", "distro"),
        server="postgres",
        environment={
            "PGHOST": "127.0.0.1",
            "PGPORT": "{port}",
            "PGUSER": "{user}",
            "PGDATABASE": "{database}",
        },
    ),
}
