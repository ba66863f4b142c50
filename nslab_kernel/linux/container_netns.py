"""The namespaces of containers, for which `ip netns` has no names.

Their names come from the container engine. A container's name is accepted wherever a namespace's name is. A name that
both a namespace and a container have is ambiguous: `netns:NAME` and `container:NAME` say which is meant.
"""

import contextlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from nslab_kernel.errors import AmbiguousName, NoNamespace
from nslab_kernel.linux import engine_api, namespaces
from nslab_kernel.linux.argument_checks import check_netns_name
from nslab_kernel.linux.lab import host_inode, lab
from nslab_kernel.model.network import HOST, Container

NETNS, CONTAINER = "netns:", "container:"
_LIMIT_S = 1.0
_BRIDGE = re.compile(r"docker0|br-[0-9a-f]{12}|podman\d+")
"""How Docker and Podman name the bridges of their networks."""

_known: dict[str, tuple[Container, int]] = {}
"""Containers by id, each with its namespace's inode: neither changes while its first process lives."""


def containers() -> dict[str, Container] | None:
    """Return the running containers with a network namespace of their own, by name; `None` where no engine answers."""
    if engine_api.address() is None:
        return None
    found, here = {}, host_inode()
    try:
        for listed in engine_api.get("/containers/json", _LIMIT_S):
            container, inode = _known_or_asked(listed)
            if inode not in (0, here):
                found[container.name] = container
    except engine_api.EngineTimeout:  # a busy engine: take those of its last answer that still live
        found = {known.name: known for known, inode in _alive() if inode != here}
    except engine_api.NoAnswer:
        return None
    return dict(sorted(found.items()))


def path(netns: str) -> str:
    """Return the path of the file of a namespace, given its name or its container's; a path is returned unchanged.

    Raises:
        NoNamespace: The name is `container:NAME`, and there is no such container.
    """
    if netns.startswith("/"):
        return netns
    if container := find_container(netns):
        return f"/proc/{container.pid}/ns/net"
    return namespaces.path(_name(netns))


def find_container(netns: str) -> Container | None:
    """Return the container that a name means; `None` where it means a named namespace, or nothing.

    Raises:
        NoNamespace: The name is `container:NAME`, and there is no such container.
    """
    if _is_named(netns):
        return None
    if not netns.startswith(CONTAINER):
        if netns.startswith(NETNS):
            return None
        return container_cached(netns) or (containers() or {}).get(netns)
    there = containers() or {}
    name = netns.removeprefix(CONTAINER)
    if name not in there:
        raise no_namespace(netns, (f"{CONTAINER}{name}" for name in there))
    return there[name]


def container_by_netns_name(name: str) -> Container | None:
    """Return the container whose namespace has this name in /run/netns; `None` if there is none."""
    return next((ref.container for ref in namespaces_without_host().values() if name in ref.also), None)


def container_cached(name: str) -> Container | None:
    """Return the container of this name that the engine last reported, if it still lives; do not ask the engine."""
    name = name.removeprefix(CONTAINER)
    return next((known for known, _number in _alive() if known.name == name), None)


def container_by_inode(inode: int) -> Container | None:
    """Return the container that the engine last reported in the namespace with this inode, if it still lives."""
    return next((known for known, its in _alive() if its == inode), None)


def names() -> tuple[str, ...]:
    """Return all names that `netns=` accepts: of namespaces, then of containers."""
    return tuple(dict.fromkeys((*namespaces.names(), *(containers() or {}))))


def no_namespace(netns: str, there: Iterable[str]) -> NoNamespace:
    """Return the error for a name without a namespace; it also says whether a container of this name has stopped."""
    name, has_stopped = netns.removeprefix(CONTAINER), False
    with contextlib.suppress(engine_api.NoAnswer):
        found = engine_api.inspect(name) if engine_api.address() else {}
        is_it = found.get("Name", "").lstrip("/") == name  # an engine takes the beginning of an id as well
        has_stopped = is_it and not found["State"]["Running"]
    return NoNamespace(netns, there, name if has_stopped else "")


class NamespaceRef(NamedTuple):
    """A namespace that can be entered."""

    where: str | None
    """The argument for `worker.inside`: the namespace's file, which saves looking up its name; `None` for the host."""
    inode: int
    container: Container | None = None
    also: tuple[str, ...] = ()
    """The names in /run/netns of a container's namespace."""


def namespaces_without_host() -> dict[str, NamespaceRef]:
    """Return every namespace that has a name or a container, by name, without the host.

    A container's namespace is listed under the container's name, whatever its names in /run/netns; where another
    namespace has that name, it is listed under `container:NAME`.
    """
    named, there = namespaces.inodes(), containers() or {}
    found = {name: NamespaceRef(namespaces.path(name), inode) for name, inode in named.items()}
    for name, container in there.items():
        if inode := _inode(container.pid):
            also = tuple(other for other, number in named.items() if number == inode)
            for other in also:
                found.pop(other, None)
            key = f"{CONTAINER}{name}" if name in found else name
            found[key] = NamespaceRef(f"/proc/{container.pid}/ns/net", inode, container, also)
    return dict(sorted(found.items()))


def all_namespaces() -> dict[str, NamespaceRef]:
    """Return every namespace by its name, the host first.

    A namespace that somebody named "host" by hand would have the host's name here, so it is left out.
    """
    return {
        HOST: NamespaceRef(None, host_inode()),
        **{name: ref for name, ref in namespaces_without_host().items() if name != HOST},
    }


def is_engine_bridge(bridge: str) -> bool:
    """Return whether a bridge of the host is a container engine's, judging by its name, and there is an engine."""
    return bool(_BRIDGE.fullmatch(bridge)) and engine_api.address() is not None


def require_unambiguous(netns: str) -> None:
    """Check that a name means exactly one namespace.

    Raises:
        NoNamespace: There is neither a namespace nor a container of that name.
        AmbiguousName: There is a namespace of that name, and a container of that name in another one.
    """
    inode, there = namespaces.inode(_name(netns)), containers() or {}
    if inode is None and netns.removeprefix(CONTAINER) not in there:
        check_netns_name(netns.removeprefix(NETNS).removeprefix(CONTAINER))
        raise no_namespace(netns, names())
    if inode and netns in there and _inode(there[netns].pid) != inode:
        raise AmbiguousName(netns, (f"{NETNS}{netns}", f"{CONTAINER}{netns}"))


def exec_prefix(netns: str) -> list[str]:
    """Return the words before a command to run it in a namespace: `ip netns exec NAME`, for a container `nsenter`.

    `ip netns exec` mounts a /sys. Where Linux refuses that, as in containers that cover parts of theirs, nsenter(1)
    is used for every namespace, because it mounts nothing.
    """
    if container := find_container(netns):
        return nsenter_prefix(container)
    name = _name(netns)
    return ["ip", "netns", "exec", name] if lab().can_mount_sys else ["nsenter", f"--net={namespaces.path(name)}"]


def nsenter_prefix(container: Container) -> list[str]:
    """Return the words before a command to run it in a container's namespace, with the host's programs."""
    return ["nsenter", "-t", str(container.pid), "-n"]


def netns_argument(netns: str) -> str:
    """Return WORD for a namespace in `ip link set dev NAME netns WORD`: its name, or the id of a process inside."""
    container = find_container(netns)
    return str(container.pid) if container else _name(netns)


def _name(netns: str) -> str:
    """Return a namespace's name without our prefix `netns:`; with `ip`, a namespace may get a name that starts so."""
    return netns if _is_named(netns) else netns.removeprefix(NETNS)


def _is_named(netns: str) -> bool:
    with contextlib.suppress(ValueError):
        return os.access(namespaces.path(netns), os.F_OK)
    return False


def _alive() -> Iterator[tuple[Container, int]]:
    """Yield the known containers that are still alive, each with its namespace's inode."""
    # Loops over a copy: another thread, such as a live picture's, may add a container meanwhile.
    return ((known, inode) for known, inode in tuple(_known.values()) if _inode(known.pid) == inode)


def _known_or_asked(listed: dict[str, Any]) -> tuple[Container, int]:
    known = _known.get(listed["Id"])
    name = listed["Names"][0].lstrip("/")
    if not known or known[0].name != name or _inode(known[0].pid) != known[1]:
        pid = engine_api.first_process(listed["Id"])
        known = Container(name, listed["Image"], listed["Id"], pid), _inode(pid)
        if known[1]:  # one that is starting or stopping has no process: ask again next time
            _known[listed["Id"]] = known
    return known


def _inode(pid: int) -> int:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/ns/net").stat().st_ino
    return 0
