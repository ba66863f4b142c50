"""What the lab made on the real machine, and so may change.

With the notebook kernel "this machine" the host is everybody's. A file under /run lists, for this host, the namespaces
that the lab made (by inode) and its interfaces on the host (by ifindex; each also has an alias). Everything in such a
namespace belongs to the lab too. In a sandbox everything belongs to the lab, and there is no file.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nslab_kernel.errors import NotOurs
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux.lab import MACHINE, host_inode, lab
from nslab_kernel.model.lookup import namespace_at
from nslab_kernel.model.network import HOST, Link, Namespace, Network
from nslab_kernel.model.results import Change
from nslab_kernel.network.engine_objects import with_engine_objects
from nslab_kernel.network.patch import in_order

FOLDER = Path("/run/nslab")
ALIAS = "nslab"


@dataclass
class Ownership:
    """What the lab made on this host; the list outlives the notebook kernel, but not a restart of the machine."""

    namespaces: dict[str, int] = field(default_factory=dict)
    """The inode of each namespace, by name; Linux does not reuse an inode while a name refers to it."""
    links: list[int] = field(default_factory=list)
    """The ifindexes of interfaces on the host; each of these interfaces also has the alias."""

    def has_namespace(self, namespace: Namespace) -> bool:
        """Return whether the lab made this namespace."""
        return self.namespaces.get(namespace.name) == namespace.inode

    def has_link(self, link: Link) -> bool:
        """Return whether the lab made this interface of the host."""
        if link.ifindex not in self.links:
            return False
        shown = json.loads(program.run(["ip", "-j", "link", "show", "dev", link.ifname]).text)
        return bool(shown[0].get("ifalias") == ALIAS)


def require_ours(now: Network, arguments: Mapping[str, object]) -> None:
    """Refuse a step that would change what the lab did not make.

    Args:
        now: The network before the step.
        arguments: The arguments of the step, by parameter.

    Raises:
        NotOurs: An argument names something that the lab did not make.
    """
    if lab().kind != MACHINE:
        return
    ours = _read()
    for parameter in ("name", "netns", "target", "peer_netns"):
        name = arguments.get(parameter)
        namespace = namespace_at(name, now) if isinstance(name, str) and name != HOST else None
        if namespace and not ours.has_namespace(namespace):
            raise NotOurs(namespace.name)
    if arguments.get("netns") is None:
        _guard_host(now, arguments, ours)


def record_ours(change: Change, arguments: Mapping[str, object]) -> bool:
    """Record what a step made, but only what its arguments name, because others make things on this host too.

    Returns:
        whether the host may have changed: the lab's interfaces on the host get an alias.
    """
    if lab().kind != MACHINE:
        return False
    ours, difference, named = _read(), change.difference, set(_strings(arguments.values()))
    for name in named.intersection(difference.namespaces_added):
        ours.namespaces[name] = change.after.namespaces[name].inode
    ours.namespaces |= {name: inode for name, inode in _names_given(change).items() if name in named}
    for end in difference.links_added:
        if end.netns == HOST and end.ifname in named:
            ours.links.append(change.after.end(end).ifindex)
            program.run(["ip", "link", "set", "dev", end.ifname, "alias", ALIAS])
    FOLDER.mkdir(mode=0o755, exist_ok=True)
    fresh = _file().with_suffix(".new")
    fresh.write_text(json.dumps(ours.__dict__))
    fresh.replace(_file())
    return True


def only_ours(now: Network, target: Network, new: Iterable[str] = ()) -> Network:
    """Return `target`, but with everything that the lab did not make as it is now.

    Args:
        now: The network as it is.
        target: The wanted network.
        new: Names of namespaces and of interfaces on the host that may be made although the lab never made them.
    """
    target = with_engine_objects(now, target)
    if lab().kind != MACHINE:
        return target
    ours, may_come = _read(), set(new).difference(names(now))
    theirs = {n: s for n, s in now.namespaces.items() if n != HOST and not ours.has_namespace(s)}
    wanted = {n: s for n, s in target.namespaces.items() if n != HOST and n not in theirs}
    host = _host(now.namespaces[HOST], target.namespaces[HOST], ours, may_come)
    return in_order({**theirs, **wanted, HOST: host})


def names(network: Network) -> tuple[str, ...]:
    """Return the names of all namespaces and of the host's interfaces."""
    return (*network.namespaces, *(link.ifname for link in network.namespaces[HOST].links))


def may_kill_in(now: Network, inode: int) -> bool:
    """Return whether the lab may kill the processes in a namespace; in a sandbox also in one without a name.

    Args:
        now: The network as it is.
        inode: The inode of the namespace.
    """
    here = lab()
    if here.kind != MACHINE and here.own_pids:
        return inode != here.netns
    ours = _read()
    return any(
        namespace.inode == inode and (here.kind != MACHINE or ours.has_namespace(namespace))
        for name, namespace in now.namespaces.items()
        if name != HOST
    )


def _guard_host(now: Network, arguments: Mapping[str, object], ours: Ownership) -> None:
    host = now.namespaces[HOST]
    for parameter in ("ifname", "dev", "master", "link"):
        for link in host.links:
            if link.ifname == arguments.get(parameter) and not ours.has_link(link):
                raise NotOurs(link.ifname)
    if "key" in arguments:
        raise NotOurs(_("The host's setting {key}").format(key=arguments["key"]))
    if "priority" in arguments:
        raise NotOurs(_("The host's routing rules"))
    if "dst" in arguments and arguments.get("dev") is None:
        raise NotOurs(_("The host's routing table"))
    if "dev" in arguments and arguments["dev"] is None:
        raise NotOurs(_("The host's table of neighbours"))


def _host(now: Namespace, target: Namespace, ours: Ownership, may_come: set[str]) -> Namespace:
    theirs = [link for link in now.links if not ours.has_link(link)]
    wanted = [link for link in target.links if link.ifindex in ours.links or link.ifname in may_come]
    mine = {link.ifname for link in wanted} - {link.ifname for link in theirs}
    links = [*theirs, *(link for link in wanted if link.ifname in mine)]
    routes = [route for route in now.routes if route.dev in {link.ifname for link in theirs}]
    routes += [route for route in target.routes if route.dev in mine]
    return replace(now, links=tuple(sorted(links, key=lambda link: link.ifindex)), routes=tuple(routes))


def _strings(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from _strings(value)


def _names_given(change: Change) -> dict[str, int]:
    """Return the names newly given to containers' namespaces, with inodes: such a namespace outlives its container."""
    old = {name for namespace in change.before.namespaces.values() for name in namespace.also}
    after = change.after.namespaces.values()
    return {name: namespace.inode for namespace in after for name in namespace.also if name not in old}


def _file() -> Path:
    return FOLDER / f"{host_inode()}.json"


def _read() -> Ownership:
    try:
        return Ownership(**json.loads(_file().read_text()))
    except FileNotFoundError:
        return Ownership()
