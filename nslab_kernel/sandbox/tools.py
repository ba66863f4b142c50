"""The programs that lessons run: installed or not, and from where."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.lessons.wants import that_want
from nslab_kernel.model.results import Check
from nslab_kernel.sandbox.leave import SBIN

_VERSION_LIMIT_S = 5
_BUSYBOX = Path("/bin/busybox")


@dataclass(frozen=True)
class Tool:
    """A program: the package that brings it, and what asks it for its version."""

    name: str
    package: str
    option: str = ""
    without: str = "note"
    """What it is to be without it: a `note`, or `missing` where no lab works."""


TOOLS = (
    Tool("ip", "iproute2", "-V", without="missing"),
    Tool("ping", "iputils-ping", "-V", without="missing"),
    Tool("bwrap", "bubblewrap", "--version", without="missing"),
    Tool("nft", "nftables", "--version"),
    Tool("tc", "iproute2", "-V"),
    Tool("bridge", "iproute2", "-V"),
    Tool("tcpdump", "tcpdump"),
)


def check_tools() -> list[Check]:
    """Look for each program, a container engine and its image."""
    return [*map(_check_tool, TOOLS), _check_engine(), _check_busybox()]


def find(name: str) -> str | None:
    """Return the path of a program, as the lab finds it."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")


def _check_tool(tool: Tool) -> Check:
    path = find(tool.name)
    if path:
        return Check(
            tool.name, "ready", _version([path, tool.option]) if tool.option else path, lessons=that_want(tool.name)
        )
    why = _("The lab runs the real {program}.").format(program=tool.name)
    return _absent(tool.name, why, tool.package, that_want(tool.name), tool.without)


def _absent(name: str, why: str, packages: str, lessons: tuple[int, ...], state: str = "note") -> Check:
    return Check(name, state, _("not installed"), why, f"sudo apt-get install {packages}", lessons)


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_VERSION_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return command[0]
    return (done.stdout + done.stderr).strip().partition("\n")[0] or command[0]


def _check_engine() -> Check:
    name, lessons = _("container engine"), that_want("docker")
    if find("dockerd") and find("docker"):
        return Check(name, "ready", "Docker", lessons=lessons)
    if find("podman"):
        return Check(name, "ready", "Podman", lessons=lessons)
    why = _("The lab starts a real engine of its own, where one is installed.")
    return _absent(name, why, "docker.io docker-cli", lessons)


def _check_busybox() -> Check:
    start = _BUSYBOX.read_bytes()[:4096] if _BUSYBOX.exists() else b""
    if start and b"/ld-" not in start:  # a program names the loader of its libraries by path
        return Check("busybox", "ready", str(_BUSYBOX), lessons=that_want("busybox"))
    why = _("The containers' image is made of it; it must need no shared libraries.")
    return _absent("busybox", why, "busybox-static", that_want("busybox"))
