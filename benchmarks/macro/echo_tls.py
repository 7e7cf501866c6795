"""TCP echo with a Protocol over TLS."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.macro import echoing
from benchmarks.macro.echo_protocol import Echo
from benchmarks.workload import program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CERTIFICATE = (
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
    "-subj /CN=localhost -keyout key.pem -out chain.pem"
)


def server_context(folder: Path) -> ssl.SSLContext:
    """Return a context as a server has it, with a certificate made on the spot in that folder.

    Raises:
        Unavailable: There is no command openssl.
    """
    making = [program("openssl"), *CERTIFICATE.split()]
    subprocess.run(making, cwd=folder, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    return context


@asynccontextmanager
async def serving(size_bytes: int) -> AsyncIterator[str]:
    """Serve in the block; yield the address."""
    with tempfile.TemporaryDirectory() as folder:  # kept: rsloop reads the files once more
        context = await asyncio.to_thread(server_context, Path(folder))
        server = await asyncio.get_running_loop().create_server(
            Echo, "127.0.0.1", 0, backlog=echoing.BACKLOG, ssl=context
        )
        yield f"tls:{server.sockets[0].getsockname()[1]}"
        server.close()


ROWS = (
    echoing.workload("tls", serving, 1, targets={1: 0.85, 50: 0.85, 500: 0.85}),
    echoing.workload("tls", serving, 16, targets={1: 1.0, 50: 1.0, 500: 1.0}),
    echoing.workload("tls", serving, 100, targets={1: 1.0, 50: 1.0, 500: 1.0}),
)
