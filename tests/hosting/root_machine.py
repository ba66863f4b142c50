"""The virtual machine with a root terminal for a test; nothing is written to its disk image."""

import re
import shlex
import socket
import subprocess
import tarfile
import time
from pathlib import Path
from uuid import uuid4

from tests.hosting.hub import free_port

LIMIT_S = 900
_TERMINAL = re.compile(rb"\x1b\[[0-9;?]*[a-zA-Z!]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)")
"""Matches the escape sequences in a terminal's output."""


class RootMachine:
    """A booted machine: `run` runs a line as root, `url` leads to one of its ports, `boot_s` tells how slow it is.

    Args:
        folder: The folder that `binder/vm build` made.
        own: A folder for the machine's sockets, logs and the archive of carried files.
        port: The machine's port to which `url` leads.
        carried: Files of the real machine, by their name in the machine's /carried.
    """

    def __init__(self, folder: Path, own: Path, port: int, carried: dict[str, Path]) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        archive = own / "carried.tar"
        with tarfile.open(archive, "w") as tar:
            for name, path in carried.items():
                tar.add(path.resolve(), name)
        kernel = "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 no_timer_check panic=-1"
        words = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "4096"]
        words += ["-display", "none", "-nodefaults", "-no-reboot", "-snapshot", "-device", "virtio-rng-pci"]
        words += ["-kernel", folder / "linux", "-initrd", folder / "initrd"]
        words += ["-append", f"{kernel} systemd.debug_shell=ttyS1 systemd.mask=nslab.service"]
        words += ["-drive", f"file={folder / 'root.ext4'},if=virtio,format=raw"]
        words += ["-drive", f"file={archive},if=virtio,format=raw"]
        words += ["-serial", f"file:{own / 'console.log'}", "-serial", f"unix:{own / 'root'},server=on,wait=off"]
        forward = f"hostfwd=tcp:127.0.0.1:{self.url.rpartition(':')[2]}-:{port}"
        words += ["-netdev", f"user,id=net,{forward}", "-device", "virtio-net-pci,netdev=net"]
        began = time.monotonic()
        self._process = subprocess.Popen(words)
        self._log = (own / "root.log").open("wb")
        self._socket = self._connect(own / "root")
        self._await_shell()
        self.boot_s = time.monotonic() - began
        # A plain shell without line editing or echo, so that its output does not repeat the lines that it reads.
        self._socket.sendall(b"exec sh\nstty -echo -onlcr cols 500; PS1= PS2=\n")
        self._read_some(3)
        self.must("mkdir /carried && tar -C /carried -xf /dev/vdb")

    def _connect(self, path: Path) -> socket.socket:
        deadline = time.monotonic() + LIMIT_S
        while True:
            assert self._process.poll() is None and time.monotonic() < deadline
            found = socket.socket(socket.AF_UNIX)
            try:
                found.connect(str(path))
            except OSError:
                found.close()
                time.sleep(0.1)
            else:
                found.settimeout(1)
                return found

    def _await_shell(self) -> None:
        """Send a command until a shell answers it."""
        deadline = time.monotonic() + LIMIT_S
        seen = b""
        while b"=42=" not in seen:
            assert self._process.poll() is None and time.monotonic() < deadline, seen[-2000:]
            self._socket.sendall(b"echo =$((6 * 7))=\n")
            seen += self._read_some(3)
        self._read_some(5)

    def _read_some(self, seconds: float) -> bytes:
        found, deadline = b"", time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                found += self._socket.recv(65536)
            except TimeoutError:
                continue
        self._log.write(found)
        self._log.flush()
        return found

    def run(self, line: str, limit_s: float = LIMIT_S) -> tuple[int, str]:
        """Run a line as a user at a terminal does; return its exit status and its output."""
        mark = uuid4().hex
        # All in one line, because apt discards input that is waiting at its terminal. The mark is sent in two parts, so
        # that an echo of the line is not mistaken for the end.
        self._socket.sendall(f"eval {quoted(line)}; printf '\\n%s%s %s\\n' {mark[:16]} {mark[16:]} $?\n".encode())
        seen, deadline = b"", time.monotonic() + limit_s
        while not (found := re.search(rf"{mark} (\d+)".encode(), seen)):
            assert self._process.poll() is None and time.monotonic() < deadline, (line, seen[-2000:])
            try:
                seen += self._socket.recv(65536)
            except TimeoutError:
                continue
        self._log.write(seen)
        self._log.flush()
        said = _TERMINAL.sub(b"", seen[: found.start()]).decode(errors="replace")
        return int(found[1]), said.replace("\r", "").strip()

    def must(self, line: str, limit_s: float = LIMIT_S) -> str:
        """Run a line that has to succeed, and return its output."""
        status, said = self.run(line, limit_s)
        assert 0 == status, f"{line}\n{said[-3000:]}"
        return said

    def end(self) -> None:
        """Kill the machine; all changes in it are lost."""
        self._process.kill()
        self._process.wait()
        self._log.close()


def quoted(words: str) -> str:
    """Return words quoted as one word for a shell."""
    return shlex.quote(words)
