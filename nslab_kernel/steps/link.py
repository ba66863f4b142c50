"""Interfaces and cables: `ip link`."""

from nslab_kernel.linux import links
from nslab_kernel.network.record import changes, shows


@shows("ip link[ show dev {ifname}]")
def link_show(ifname: str | None = None, netns: str | None = None) -> None:
    """Show the interfaces of a namespace, or one of them.

    Args:
        ifname: One interface; `None` is all.
        netns: Where to look; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    See ip-link(8).
    """


@changes("ip link add dev {ifname} type veth peer name {peer}")
def veth_add(ifname: str, peer: str, netns: str | None = None) -> None:
    """Make a cable with two ends, a veth pair: both lie in one namespace, and both are down.

    Args:
        ifname: The name of one end, 1 to 15 bytes.
        peer: The name of the other end.
        netns: Where to make it; `None` is the host.

    Raises:
        AlreadyExists: One of the names is taken there.
        BadValue: It cannot be a name.

    See veth(4), ip-link(8).
    """
    links.add_veth(ifname, peer, netns)


@changes("ip link set dev {ifname} up")
def link_up(ifname: str, netns: str | None = None) -> None:
    """Set an interface up: the routes of its addresses come.

    A cable carries when both its ends are up.

    Args:
        ifname: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    See ip-link(8).
    """
    links.set_up(ifname, netns)


@changes("ip link set dev {ifname} down")
def link_down(ifname: str, netns: str | None = None) -> None:
    """Set an interface down: its routes go, and those by a gateway do not come back by themselves.

    Args:
        ifname: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    See ip-link(8).
    """
    links.set_down(ifname, netns)


@changes("ip link del dev {ifname}")
def link_del(ifname: str, netns: str | None = None) -> None:
    """Delete an interface; a veth end takes its other end with it.

    Args:
        ifname: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        RefusedByLinux: It cannot be deleted: `lo`, for example.

    See ip-link(8).
    """
    links.delete(ifname, netns)


@changes("ip link set dev {ifname} name {new}")
def link_rename(ifname: str, new: str, netns: str | None = None) -> None:
    """Give an interface another name; its number stays.

    Args:
        ifname: The interface.
        new: Its new name, 1 to 15 bytes.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The new name is taken there.

    See ip-link(8).
    """
    links.rename(ifname, new, netns)


@changes("ip link set dev {ifname} netns {target}")
def link_set_netns(ifname: str, target: str | None, netns: str | None = None) -> None:
    """Carry an interface into another namespace: it arrives down and without addresses.

    Name and MAC stay, and so does its number where that is free.

    Args:
        ifname: The interface.
        target: Where it goes; `None` is the host.
        netns: Where it is now; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: Its name is taken there.
        RefusedByLinux: It cannot be moved: a bridge or `lo`.

    See ip-link(8).
    """
    links.set_netns(ifname, target, netns)


@changes("ip link set dev {ifname} mtu {mtu}")
def link_set_mtu(ifname: str, mtu: int, netns: str | None = None) -> None:
    """Set the largest packet that an interface sends.

    Args:
        ifname: The interface.
        mtu: In bytes.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        BadValue, RefusedByLinux: The interface does not take this size.

    See ip-link(8).
    """
    links.set_mtu(ifname, mtu, netns)


@changes("ip link set dev {ifname} address {mac}")
def link_set_mac(ifname: str, mac: str, netns: str | None = None) -> None:
    """Give an interface another link-layer address; `ip link` calls it address.

    Args:
        ifname: The interface.
        mac: Six bytes: `"02:00:00:00:00:01"`.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        BadValue, RefusedByLinux: It is no address for one interface.

    See ip-link(8).
    """
    links.set_mac(ifname, mac, netns)


@changes("ip link set dev {ifname} master {master}")
def link_set_master(ifname: str, master: str, netns: str | None = None) -> None:
    """Plug an interface into a bridge of the same namespace: it becomes a port.

    Args:
        ifname: The interface.
        master: The bridge.
        netns: Where both are; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        RefusedByLinux: `master` is no bridge, or takes no more ports.

    See ip-link(8), bridge(8).
    """
    links.set_master(ifname, master, netns)


@changes("ip link set dev {ifname} nomaster")
def link_set_nomaster(ifname: str, netns: str | None = None) -> None:
    """Unplug an interface from its bridge.

    Args:
        ifname: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    See ip-link(8).
    """
    links.set_master(ifname, None, netns)
