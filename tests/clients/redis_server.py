"""redis-server on loopback: plain, over TLS, and on a Unix socket."""

import contextlib
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.clients import server_process


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where the server listens, all on 127.0.0.1 or in the file system."""

    port: int
    tls_port: int
    socket_path: Path


def _answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False


@contextlib.contextmanager
def started(directory, certificate):
    """Run a redis server that keeps its socket in ``directory``; gives its RedisAddress.

    Raises:
        ServerMissingError: redis-server is not installed.
        RuntimeError: It did not start.
    """
    program = server_process.find_program("redis-server")
    files = certificate.write_to(directory)
    address = RedisAddress(
        port=server_process.free_port(),
        tls_port=server_process.free_port(),
        socket_path=Path(directory, "redis.sock"),
    )
    settings = {
        "bind": "127.0.0.1",
        "port": address.port,
        "tls-port": address.tls_port,
        "tls-cert-file": files.chain,
        "tls-key-file": files.key,
        "tls-ca-cert-file": files.authority,
        "tls-auth-clients": "no",
        "unixsocket": address.socket_path,
        "dir": directory,
        "save": "",
    }
    command = [program]
    for name, value in settings.items():
        command += [f"--{name}", str(value)]
    with server_process.running(command, is_ready=lambda: _answers(address.port)):
        yield address
