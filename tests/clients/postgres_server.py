"""PostgreSQL on loopback, with TLS and a Unix socket, in a cluster made for the session.

PostgreSQL refuses to run as root: root hands it over to the user postgres, or to nobody.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.clients import server_process

PROGRAMS = "/usr/lib/postgresql/*/bin"


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """Where the server listens and whom it lets in, without a password."""

    port: int
    socket_directory: Path
    user: str = "tester"
    database: str = "postgres"


def _unprivileged_user():
    """The user to run as, or None to stay who we are."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


@contextlib.contextmanager
def _directory_of(user):
    """A directory that ``user`` owns and can reach, which pytest's own, owned by root, is not."""
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user:
            os.chown(directory, user.pw_uid, user.pw_gid)
        yield directory
    finally:
        shutil.rmtree(directory)


@contextlib.contextmanager
def started(certificate):
    """Run a PostgreSQL server on a new cluster; gives its PostgresAddress.

    Raises:
        ServerMissingError: PostgreSQL is not installed.
        RuntimeError: The cluster could not be made, or the server did not start.
    """
    initdb, postgres, pg_isready = (
        server_process.find_program(name, PROGRAMS) for name in ("initdb", "postgres", "pg_isready")
    )
    user = _unprivileged_user()
    with _directory_of(user) as directory:
        address = PostgresAddress(server_process.free_port(), directory)
        identity = {"cwd": directory}
        if user:
            identity |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

        cluster = directory / "cluster"
        making = [initdb, "--pgdata", cluster, "--username", address.user, "--auth", "trust"]
        making += ["--encoding", "UTF8", "--locale", "C", "--no-sync"]
        made = subprocess.run(making, capture_output=True, text=True, check=False, **identity)
        if made.returncode:
            raise RuntimeError(f"initdb failed. It said:\n{made.stdout}{made.stderr}")

        files = certificate.write_to(directory)
        if user:
            for path in (files.chain, files.key, files.authority):
                os.chown(path, user.pw_uid, user.pw_gid)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": address.port,
            "unix_socket_directories": directory,
            "ssl": "on",
            "ssl_cert_file": files.chain,
            "ssl_key_file": files.key,
            "fsync": "off",
            "shared_buffers": "16MB",
        }
        command = [postgres, "-D", cluster]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        asking = [pg_isready, "--quiet", "--host=127.0.0.1", f"--port={address.port}"]
        with server_process.running(
            command,
            is_ready=lambda: subprocess.run(asking, check=False).returncode == 0,
            stop_signal=signal.SIGINT,
            **identity,
        ):
            yield address
