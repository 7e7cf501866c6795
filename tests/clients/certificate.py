"""A certificate for loopback, made for one session, and the TLS contexts of its two ends."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of the PEM files: the server's chain and key, and the authority that signed it."""

    chain: Path
    key: Path
    authority: Path


class Certificate:
    """One server certificate for ``localhost`` and 127.0.0.1, with an authority of its own."""

    def __init__(self):
        self._authority = trustme.CA()
        self._server = self._authority.issue_cert("localhost", "127.0.0.1")

    def server_context(self):
        """A new context for the end that listens."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._server.configure_cert(context)
        return context

    def client_context(self):
        """A new context that trusts this certificate and no other."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return context

    def write_to(self, directory):
        """Write the PEM files into ``directory``; the key is readable by its owner only."""
        files = CertificateFiles(
            chain=Path(directory, "server.pem"),
            key=Path(directory, "server.key"),
            authority=Path(directory, "authority.pem"),
        )
        files.key.touch(mode=0o600)
        self._server.private_key_pem.write_to_path(files.key)
        for number, certificate in enumerate(self._server.cert_chain_pems):
            certificate.write_to_path(files.chain, append=number > 0)
        self._authority.cert_pem.write_to_path(files.authority)
        return files
