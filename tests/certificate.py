"""A certificate for loopback, made by the openssl command, and the TLS contexts of its two ends.

Not made by a package: none that can do it runs on every Python we test.
"""

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

REQUEST = """
[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = localhost
[extensions]
subjectAltName = DNS:localhost, IP:127.0.0.1
basicConstraints = critical, CA:true
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
"""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Paths of the PEM files: the server's chain and key, and the authority that signed it."""

    chain: Path
    key: Path
    authority: Path


class Certificate:
    """One server certificate for ``localhost`` and 127.0.0.1, its own authority, in a directory.

    Raises:
        FileNotFoundError: there is no command openssl.
    """

    def __init__(self, directory):
        self._files = CertificateFiles(
            Path(directory, "server.pem"),
            Path(directory, "server.key"),
            Path(directory, "authority.pem"),
        )
        request = Path(directory, "request.cnf")
        request.write_text(REQUEST)
        making = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        files = ["-config", request, "-keyout", self._files.key, "-out", self._files.chain]
        subprocess.run([*making.split(), *files], check=True, capture_output=True)
        shutil.copy(self._files.chain, self._files.authority)

    def server_context(self):
        """A new context for the end that listens."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._files.chain, self._files.key)
        return context

    def client_context(self):
        """A new context that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=self._files.authority)

    def write_to(self, directory):
        """Write the PEM files into ``directory``; the key is readable by its owner only."""
        chain, key, authority = (
            Path(shutil.copy(path, directory))
            for path in (self._files.chain, self._files.key, self._files.authority)
        )
        return CertificateFiles(chain, key, authority)
