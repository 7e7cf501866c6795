"""The loops under test, by name: how to make one, and which version it is.

Run as `python -m benchmarks.peers` it writes which of them this Python can import, as JSON.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import importlib.util
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Peer:
    """One way to run the same program.

    Attributes:
        name: Its column in the table.
        module: The module whose `new_event_loop` makes the loop.
        environment: Variables the measured process gets on top of the cleaned ones.
    """

    name: str
    module: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.module) is not None

    @property
    def version(self) -> str:
        if self.module == "asyncio":
            return platform.python_version()
        return importlib.metadata.version(self.module)

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        loop = importlib.import_module(self.module).new_event_loop()
        assert isinstance(loop, asyncio.AbstractEventLoop)
        return loop


PEERS = {
    peer.name: peer
    for peer in (
        Peer("asyncio", "asyncio"),
        Peer("uvloop", "uvloop"),
        Peer("rloop", "rloop"),
        Peer("trueloop", "trueloop"),
        Peer("trueloop-bare", "trueloop", {"TRUELOOP_DIAGNOSTICS": "0"}),
    )
}


def installed_versions() -> dict[str, str]:
    """Return the version of every peer that this Python can import, by name."""
    return {name: peer.version for name, peer in PEERS.items() if peer.installed}


if __name__ == "__main__":
    print(json.dumps(installed_versions()))
