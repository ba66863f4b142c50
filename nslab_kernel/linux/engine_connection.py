"""A connection to a container engine, by the address in DOCKER_HOST.

`http.client` over a Unix socket, TCP, TLS or ssh. The SDK of Docker supports all of them too, but it takes a quarter of
a second to import, and has no public access to the socket, which a live picture needs to wait for events by `select`.
This module is imported late: a notebook kernel starts sooner without `http.client`.

See docker(1) on DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.
"""

import os
import socket
import ssl
import subprocess
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, urlsplit


def connection(address: str, timeout_s: float) -> HTTPConnection:
    """Return a connection to an engine, not yet opened.

    Args:
        address: As in DOCKER_HOST.
        timeout_s: Seconds to wait for each part of an answer.

    Raises:
        OSError: The scheme is not unix, tcp or ssh, or there are no certificates.
        ValueError: It is not a valid address.
    """
    where = urlsplit(address)
    if where.scheme == "unix":
        return _UnixConnection(where.path, timeout_s)
    if where.scheme == "ssh":
        return _SshConnection(where, timeout_s)
    if where.scheme != "tcp":
        raise OSError(f"no engine at {address}")
    if os.environ.get("DOCKER_TLS_VERIFY") or os.environ.get("DOCKER_TLS"):
        return HTTPSConnection(where.hostname or "", where.port or 2376, timeout=timeout_s, context=_certificates())
    return HTTPConnection(where.hostname or "", where.port or 2375, timeout=timeout_s)


class _UnixConnection(HTTPConnection):
    """A connection to a socket in the file system; unix(7)."""

    def __init__(self, path: str, timeout_s: float) -> None:
        super().__init__("docker", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _SshConnection(HTTPConnection):
    """A connection to another machine's engine, as Docker's own program makes it: `docker system dial-stdio`."""

    def __init__(self, where: SplitResult, timeout_s: float) -> None:
        super().__init__("docker", timeout=timeout_s)
        user = ["-l", where.username] if where.username else []
        port = ["-p", str(where.port)] if where.port else []
        self._ssh = ["ssh", "-o", "BatchMode=yes", "-T", *user, *port, "--", where.hostname or ""]

    def connect(self) -> None:
        """Start ssh, and connect to its standard input and output."""
        self.sock, theirs = socket.socketpair()
        self.sock.settimeout(self.timeout)
        # `setsid -f`: a notebook kernel with a living child takes seconds to shut down. ssh ends with the connection.
        words = ["setsid", "-f", *self._ssh, "docker", "system", "dial-stdio"]
        with theirs:
            subprocess.run(words, stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.DEVNULL, check=False)


def _certificates() -> ssl.SSLContext:
    folder = Path(os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    context = ssl.create_default_context(cafile=folder / "ca.pem")
    if not os.environ.get("DOCKER_TLS_VERIFY"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
