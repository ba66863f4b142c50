"""The sysctls of one namespace, of which only changed ones are re-read."""

from collections.abc import Iterable
from contextlib import suppress

from nslab_kernel.linux import default_sysctls, rtnetlink_reader, sysctl_tree
from nslab_kernel.linux.kernel_defaults import kernel_defaults, sysctl_defaults
from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.namespace_state import NamespaceState
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.sysctl_writes import Written, watcher


def read_sysctls(state: NamespaceState, inode: int) -> None:
    """Read all sysctls of the thread's namespace, which has this inode, and watch them from now on."""
    usual = sysctl_defaults(state.is_host)
    is_new = watcher().is_new(inode)
    if not is_new:
        if lab().kind == SANDBOX:
            with suppress(OSError):  # where /proc/sys is read-only, they stay as they are
                default_sysctls.apply_defaults_where_untouched(
                    kernel_defaults().kernel_sysctls, kernel_defaults().builtin_links
                )
        watcher().watch_here(inode, kernel_defaults().folders)
        state.sysctls = sysctl_tree.non_default(sysctl_tree.read_all(kernel_defaults().folders), usual)
    state.link_sysctls = {}
    read_new_interfaces(state, inode, made_here=is_new, watched_lo=True)


def read_new_interfaces(state: NamespaceState, inode: int, made_here: bool, watched_lo: bool = False) -> None:
    """Read and watch the sysctls of interfaces that are new or renamed; call this in their namespace.

    Args:
        state: The namespace as it was read, its links at least.
        inode: The inode of the namespace.
        made_here: Whether the lab itself has just made them, so that nobody has written a sysctl yet.
        watched_lo: Whether `lo` is watched already, with the namespace.
    """
    names = {link.ifname: link for link in state.links.values()}
    for gone in state.link_sysctls.keys() - names.keys():
        del state.link_sysctls[gone]
        watcher().forget_interface(inode, gone)
    came = names.keys() - state.link_sysctls.keys()
    unwatched = [ifname for ifname in came if not (watched_lo and ifname == "lo")]
    watcher().watch_here(inode, [folder for ifname in unwatched for folder in sysctl_tree.folders_of(ifname)])
    state.link_sysctls |= _own([names[ifname] for ifname in came], made_here)


def read_changed_interfaces(
    state: NamespaceState, before: dict[int, ReadLink], different: Iterable[int], every: bool
) -> None:
    """Read the sysctls of interfaces whose `conf` changed, or of `every` one; call this in their namespace."""
    if every:
        state.link_sysctls |= _own(list(state.links.values()))
    for index in different:
        link, was = state.links.get(index), before.get(index)
        if link and was and was.conf != link.conf and link.ifname in state.link_sysctls:
            had = state.link_sysctls[link.ifname]
            others = {place: value for place, value in had.items() if not place.startswith(sysctl_tree.PACKED)}
            state.link_sysctls[link.ifname] = {**_packed(link), **others}
        if any(one and one.kind == "wireguard" for one in (link, was)):
            # Linux turns this off when the first WireGuard interface is set up, without a message.
            read_written(state, [Written(0, "ipv4/conf/all", "send_redirects")])


def read_written(state: NamespaceState, written: list[Written]) -> None:
    """Read the sysctls that were written; call this in their namespace."""
    usual = sysctl_defaults(state.is_host)
    names = {link.ifname: link for link in state.links.values()}
    for one in written:
        ifname = sysctl_tree.interface_of(one.folder)
        if ifname in state.link_sysctls and ifname in names:
            state.link_sysctls[ifname] = _non_default(names[ifname])
        elif ifname is None:
            place = f"{one.folder}/{one.name}"
            state.sysctls.pop(place, None)
            state.sysctls |= sysctl_tree.non_default(sysctl_tree.read_folder(one.folder, [one.name]), usual)
    if any(one.is_inherited_by_links for one in written):
        for ifname in names.keys() & state.link_sysctls.keys():
            state.link_sysctls[ifname] = _non_default(names[ifname])
        for family in ("ipv4", "ipv6"):
            for which in ("all", "default"):
                folder = f"{family}/conf/{which}"
                there = sysctl_tree.read_folder(folder)
                state.sysctls = {p: v for p, v in state.sysctls.items() if p not in there}
                state.sysctls |= sysctl_tree.non_default(there, usual)


def _own(links: list[ReadLink], made_here: bool = False) -> dict[str, dict[str, str]]:
    """Return the sysctls of interfaces that are not the default, by interface."""
    if made_here or not links:
        return {link.ifname: _packed(link) for link in links}
    with Netlink() as netlink:
        settings = rtnetlink_reader.read_neighbour_settings(netlink)
    return {
        link.ifname: {**_packed(link), **_cached(link, settings.get(link.ifindex), sysctl_tree.OF_NEIGHBOURS)}
        for link in links
    }


def _packed(link: ReadLink) -> dict[str, str]:
    """Return the sysctls in `PACKED` that are not the default."""
    return _cached(link, link.conf, sysctl_tree.PACKED)


def _cached(link: ReadLink, packed: object, folders: Iterable[str]) -> dict[str, str]:
    """Return sysctls that are not the default; read them once per kind and packed value."""
    key = packed, link.kind, link.ifname in kernel_defaults().builtin_links
    if key not in _known:
        _known[key] = _non_default(link, folders)
    return _known[key]


_known: dict[tuple[object, str, bool], dict[str, str]] = {}


def _non_default(link: ReadLink, folders: Iterable[str] = sysctl_tree.OF_A_LINK) -> dict[str, str]:
    usual = kernel_defaults().sysctl_defaults(link.ifname, link.kind)
    return sysctl_tree.non_default_of_link(sysctl_tree.read_interface(link.ifname, folders), usual)
