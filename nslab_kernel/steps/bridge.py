"""Bridges, the switches of Linux: `ip link ... type bridge`, `bridge`."""

from nslab_kernel.linux import argument_checks, links
from nslab_kernel.linux.argument_checks import Option
from nslab_kernel.network.record import changes, runs, shows


@changes("ip link add dev {ifname} type bridge")
def bridge_add(ifname: str, netns: str | None = None) -> None:
    """Make a bridge: a switch without ports; it is down.

    Args:
        ifname: Its name, 1 to 15 bytes.
        netns: Where to make it; `None` is the host.

    Raises:
        AlreadyExists: The name is taken there.
        BadValue: `ifname` cannot be a name.

    Example:
        >>> bridge_add("br0")

    See ip-link(8), bridge(8).
    """
    links.add_bridge(ifname, netns)


@shows("bridge link")
def bridge_link_show(netns: str | None = None) -> None:
    """Show the ports of the bridges in a namespace, and whether they forward.

    Args:
        netns: Where to look; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.

    Example:
        >>> bridge_link_show()

    See bridge(8).
    """


@shows("bridge fdb show[ br {br}][ dev {dev}]")
def bridge_fdb_show(dev: str | None = None, br: str | None = None, netns: str | None = None) -> None:
    """Show forwarding databases: behind which port, or by which tunnel end, a MAC address is reached.

    Args:
        dev: Only the entries of this interface, a port or a vxlan.
        br: Only the entries of this bridge.
        netns: Where to look; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> bridge_add("br0")
        >>> bridge_fdb_show(br="br0")

    See bridge(8).
    """
    if br is not None:
        links.require(br, netns)


@runs("bridge fdb append {mac} dev {dev}[ {options}]")
def bridge_fdb_append(mac: str, dev: str, netns: str | None = None, **options: Option) -> None:
    """Add to a forwarding database where a MAC address is reached; other entries of the address stay.

    Args:
        mac: The address; `"00:00:00:00:00:00"` at a vxlan is every unknown address, and may have several entries.
        dev: The port, or the vxlan.
        netns: The interface's namespace; `None` is the host.
        options: The options of `bridge fdb`: `dst="10.0.0.2"` is the other end of a vxlan's tunnel; `master=True` adds
            the entry to the bridge of the port `dev`, else to `dev` itself; beside it `static=True`, but not for an
            address of the bridge's own; `vlan`, `vni`, `port`, ...

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        BadValue: `mac` is no MAC address, or `bridge` has no such option.
        RefusedByLinux: The interface keeps no such entries.

    Example:
        >>> link_add("vxlan", "vx42", id=42, dstport=4789)
        >>> bridge_fdb_append("00:00:00:00:00:00", "vx42", dst="10.0.0.2")

    See bridge(8).
    """
    argument_checks.check_any_mac(mac)
    argument_checks.check_options(options)


@runs("bridge fdb del {mac} dev {dev}[ {options}]")
def bridge_fdb_del(mac: str, dev: str, netns: str | None = None, **options: Option) -> None:
    """Delete a MAC address from the forwarding database of a bridge or a vxlan.

    Args:
        mac: The address.
        dev: The port, or the vxlan.
        netns: The interface's namespace; `None` is the host.
        options: As for `bridge_fdb_append`: `dst` chooses one of several tunnel ends, `master=True` the entry of the
            bridge.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: There is no such entry.
        BadValue: `mac` is no MAC address, or `bridge` has no such option.

    Example:
        >>> bridge_add("br0")
        >>> bridge_fdb_append("02:00:00:00:00:01", "br0", self=True, local=True)
        >>> bridge_fdb_del("02:00:00:00:00:01", "br0", self=True)

    See bridge(8).
    """
    argument_checks.check_any_mac(mac)
    argument_checks.check_options(options)
