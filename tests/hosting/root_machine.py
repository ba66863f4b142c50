"""The virtual machine with a terminal of root's for a test. Its disk is as it was when the machine ends."""

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
"""What a terminal is told besides words."""


class RootMachine:
    """A booted machine: `run` a line as root; a port of it is `url` on this machine's loopback; `boot_s` is its pace.

    Args:
        folder: What `binder/vm build` made.
        own: A folder for the machine's sockets and its carried archive.
        port: Which of its ports.
        carried: Files of this machine by their name in its /carried.
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
        # A shell that edits no lines, and so repeats none.
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
        """Ask until a shell answers."""
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
        """Run a line as somebody at a terminal does who sees what it says; return its status, and that."""
        mark = uuid4().hex
        # All in one line: apt throws away what else its terminal was given. The mark is in two parts, so that an echo
        # is not taken for the end.
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
        """Run a line that has to succeed, and return what it says."""
        status, said = self.run(line, limit_s)
        assert 0 == status, f"{line}\n{said[-3000:]}"
        return said

    def end(self) -> None:
        """Let it go, with all that was done in it."""
        self._process.kill()
        self._process.wait()
        self._log.close()


def quoted(words: str) -> str:
    """Return a word as a shell reads it."""
    return shlex.quote(words)
