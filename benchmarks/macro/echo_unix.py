"""Echo over Unix sockets with a Protocol."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.macro import echoing
from benchmarks.macro.echo_protocol import Echo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def serving(size_bytes: int) -> AsyncIterator[str]:
    """Serve in the block; yield the address."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "echo")
        server = await asyncio.get_running_loop().create_unix_server(
            Echo,
            str(path),
            backlog=echoing.BACKLOG,  # rsloop wants text
        )
        yield f"unix:{path}"
        server.close()


TARGETS = {1: 0.95, 50: 0.95, 500: 0.95}
ROWS = (
    echoing.workload("unix", serving, 1, targets=TARGETS),
    echoing.workload("unix", serving, 16),
    echoing.workload("unix", serving, 100),
)
