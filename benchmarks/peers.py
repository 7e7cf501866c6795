"""The loops under test, by name: how to make one, and which version it is.

Run as `python -m benchmarks.peers` it writes which of them this Python can run, and of the others
why it cannot, as JSON.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to run the same program.

    Attributes:
        name: Its column in the table.
        module: The module whose `new_event_loop` makes the loop.
        environment: Variables the measured process gets on top of the cleaned ones.
        glibc: The oldest glibc its wheels run on, where that is newer than what CPython wants.
        floor: Whether it is no loop but the least that any must cost; see floors/.
        accelerated: Whether trueloop's native primitives stand under asyncio's names.
    """

    name: str
    module: str
    environment: Mapping[str, str] = field(default_factory=dict)
    glibc: tuple[int, int] = (2, 17)
    accelerated: bool = False
    floor: bool = False

    @property
    def hindrance(self) -> str | None:
        """Why this Python cannot run the loop, None if it can."""
        if (ours := glibc_version()) and ours < self.glibc:
            return f"wants glibc {dotted(self.glibc)}, this Python has {dotted(ours)}"
        if importlib.util.find_spec(self.module) is None:
            return "not installed"
        try:
            importlib.import_module(self.module)
        except ImportError as error:
            return f"cannot be imported: {error}"
        return None

    @property
    def version(self) -> str:
        if self.module == "asyncio":
            return platform.python_version()
        return importlib.metadata.version(self.module)

    def prepare(self) -> None:
        """Do what the program would do first; to be called before the workloads are imported."""
        if self.accelerated:
            importlib.import_module(self.module).accelerate()

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        # Not every loop derives from asyncio's abstract one.
        loop: asyncio.AbstractEventLoop = importlib.import_module(self.module).new_event_loop()
        return loop


def glibc_version() -> tuple[int, int] | None:
    """Return the version of the glibc this Python runs on, None with another C library."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except ValueError:
        return None
    numbers = version.split(".")[:2]
    return (int(numbers[0]), int(numbers[1])) if name == "glibc" else None


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


PEERS = {
    peer.name: peer
    for peer in (
        Peer("asyncio", "asyncio"),
        Peer("uvloop", "uvloop"),
        Peer("rloop", "rloop"),
        Peer("rsloop", "rsloop", glibc=(2, 39)),
        Peer("zuvloop", "zuvloop"),
        Peer("trueloop", "trueloop"),
        Peer("trueloop-accelerated", "trueloop", accelerated=True),
        Peer("trueloop-bare", "trueloop", {"TRUELOOP_DIAGNOSTICS": "0"}),
        Peer("floor-c", "asyncio", floor=True),
        Peer("floor-python", "asyncio", floor=True),
    )
}


def versions_and_hindrances() -> tuple[dict[str, str], dict[str, str]]:
    """Return, by name, the version of each peer that can run here and why the others cannot."""
    hindrances = {name: peer.hindrance for name, peer in PEERS.items()}
    return (
        {name: PEERS[name].version for name, reason in hindrances.items() if reason is None},
        {name: reason for name, reason in hindrances.items() if reason is not None},
    )


if __name__ == "__main__":
    versions, hindrances = versions_and_hindrances()
    print(json.dumps({"versions": versions, "hindrances": hindrances}))
