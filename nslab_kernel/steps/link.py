"""Interfaces and cables: `ip link`."""

from nslab_kernel.linux import links
from nslab_kernel.linux.argument_checks import Option
from nslab_kernel.network.record import changes, runs, shows


@shows("ip link[ show dev {ifname}]")
def link_show(ifname: str | None = None, netns: str | None = None) -> None:
    """Show the interfaces of a namespace, or one of them.

    Args:
        ifname: One interface; `None` is all.
        netns: Where to look; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> link_show("veth-test1", netns="test1")

    See ip-link(8).
    """


@changes(
    "ip link add dev {ifname} netns {netns} type veth peer name {peer} netns {peer_netns}"
    " | ip link add dev {ifname} type veth peer name {peer}[ netns {peer_netns}]"
)
def veth_add(ifname: str, peer: str, netns: str | None = None, peer_netns: str | None = None) -> None:
    """Make a cable with two ends, a veth pair; both are down.

    Both ends are in `netns`, or each in its own namespace: `veth_add("eth0", "eth0", netns="a", peer_netns="b")`. A
    cable from the host into a namespace is `veth_add("v0", "eth0", peer_netns="a")`.

    Args:
        ifname: The name of one end, 1 to 15 bytes.
        peer: The name of the other end.
        netns: Where to make it; `None` is the host.
        peer_netns: The namespace of the other end; `None` is that of the first.

    Raises:
        AlreadyExists: One of the names is taken there.
        NoNamespace: One of the namespaces does not exist.
        BadValue: `ifname` or `peer` cannot be a name.

    Example:
        >>> veth_add("v0", "eth0", peer_netns="test1")

    See veth(4), ip-link(8).
    """
    links.add_veth(ifname, peer, netns, peer_netns)


@runs("ip link add[ link {link}] dev {ifname} type {kind}[ {options}]")
def link_add(kind: str, ifname: str, netns: str | None = None, link: str | None = None, **options: Option) -> None:
    """Make an interface of any kind that Linux has: `link_add("vlan", "eth0.10", link="eth0", id=10)`.

    A veth pair is made by `veth_add`.

    Args:
        kind: `"dummy"`, `"vlan"`, `"vxlan"`, `"macvlan"`, `"ipvlan"`, `"vrf"`, `"bridge"`, `"ifb"`, `"gre"`, `"ipip"`,
            `"sit"`, ...
        ifname: Its name, 1 to 15 bytes.
        netns: Where to make it; `None` is the host.
        link: The lower interface, for vlan, macvlan and ipvlan.
        options: The options of `ip link`: `id=10`, `mode="bridge"`, `local="10.0.0.1"`, `table=100`; with several
            values `srcport=(5000, 6000)`; with no value `nolearning=True`. `!ip link help vxlan` lists those of a kind.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The name is taken there.
        BadValue: `ifname` cannot be a name, or `ip` has no such option.
        RefusedByLinux: This machine has no such kind, or Linux refuses the options.

    Example:
        >>> link_add("vxlan", "vx42", id=42, dstport=4789)

    See ip-link(8).
    """
    links.check_new(kind, ifname, netns, link, options)


@changes("ip link set dev {ifname} up")
def link_up(ifname: str, netns: str | None = None) -> None:
    """Set an interface up: Linux adds the routes of its addresses.

    A cable has carrier when both its ends are up.

    Args:
        ifname: The interface.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> link_up("lo", netns="test1")

    See ip-link(8).
    """
    links.set_up(ifname, netns)


@changes("ip link set dev {ifname} down")
def link_down(ifname: str, netns: str | None = None) -> None:
    """Set an interface down: Linux removes its routes, and those through a gateway do not come back by themselves.

    Args:
        ifname: The interface.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> link_down("veth-test1", netns="test1")

    See ip-link(8).
    """
    links.set_down(ifname, netns)


@changes("ip link del dev {ifname}")
def link_del(ifname: str, netns: str | None = None) -> None:
    """Delete an interface; with one end of a veth pair, Linux deletes the other end, too.

    Args:
        ifname: The interface.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        RefusedByLinux: This interface cannot be deleted: `lo`, for example.

    Example:
        >>> link_del("veth-test1", netns="test1")

    See ip-link(8).
    """
    links.delete(ifname, netns)


@changes("ip link set dev {ifname} name {new}")
def link_rename(ifname: str, new: str, netns: str | None = None) -> None:
    """Give an interface another name; its number stays.

    Args:
        ifname: The interface.
        new: Its new name, 1 to 15 bytes.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The new name is taken there.

    Example:
        >>> link_rename("veth-test1", "eth0", netns="test1")

    See ip-link(8).
    """
    links.rename(ifname, new, netns)


@changes("ip link set dev {ifname} netns {target}")
def link_set_netns(ifname: str, target: str | None, netns: str | None = None) -> None:
    """Move an interface to another namespace, where it is down and has no addresses.

    Its name and MAC address stay, and so does its number if that is free there.

    Args:
        ifname: The interface.
        target: The new namespace; `None` is the host.
        netns: The present namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The name is taken in the new namespace.
        RefusedByLinux: This interface cannot be moved: a bridge or `lo`.

    Example:
        >>> veth_add("v0", "v1")
        >>> link_set_netns("v1", "test1")

    See ip-link(8).
    """
    links.set_netns(ifname, target, netns)


@changes("ip link set dev {ifname} mtu {mtu}")
def link_set_mtu(ifname: str, mtu: int, netns: str | None = None) -> None:
    """Set the MTU of an interface, the size of the largest packet that it sends.

    Args:
        ifname: The interface.
        mtu: In bytes.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        BadValue, RefusedByLinux: The interface does not take this size.

    Example:
        >>> link_set_mtu("veth-test1", 1400, netns="test1")

    See ip-link(8).
    """
    links.set_mtu(ifname, mtu, netns)


@changes("ip link set dev {ifname} address {mac}")
def link_set_mac(ifname: str, mac: str, netns: str | None = None) -> None:
    """Give an interface another MAC address; `ip link` calls it `address`.

    Args:
        ifname: The interface.
        mac: Six bytes: `"02:00:00:00:00:01"`.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        BadValue, RefusedByLinux: `mac` is no MAC address of a single interface.

    Example:
        >>> link_set_mac("veth-test1", "02:00:00:00:00:01", netns="test1")

    See ip-link(8).
    """
    links.set_mac(ifname, mac, netns)


@changes("ip link set dev {ifname} master {master} | ip link set dev {ifname} nomaster")
def link_set_master(ifname: str, master: str | None, netns: str | None = None) -> None:
    """Plug an interface into a bridge of the same namespace: it becomes a port.

    Args:
        ifname: The interface.
        master: The bridge; `None` unplugs the interface, as `link_set_nomaster` does.
        netns: The namespace of both; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        RefusedByLinux: `master` is no bridge, or has no room for more ports.

    Example:
        >>> bridge_add("br0")
        >>> veth_add("v0", "v1")
        >>> link_set_master("v0", "br0")

    See ip-link(8), bridge(8).
    """
    links.set_master(ifname, master, netns)


@changes("ip link set dev {ifname} nomaster")
def link_set_nomaster(ifname: str, netns: str | None = None) -> None:
    """Unplug an interface from its bridge.

    Args:
        ifname: The interface.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> bridge_add("br0")
        >>> veth_add("v0", "v1")
        >>> link_set_master("v0", "br0")
        >>> link_set_nomaster("v0")

    See ip-link(8).
    """
    links.set_master(ifname, None, netns)
