"""MAC address and MTU that a bridge inherits from its ports."""

from nslab_kernel.model.network import Link, Namespace

NO_MAC = "00:00:00:00:00:00"
_MTU_WITHOUT_PORTS = 1500


def ports(bridge: Link, namespace: Namespace) -> list[Link]:
    """Return the ports of a bridge."""
    return [link for link in namespace.links if link.master == bridge.ifname]


def inherits_mac(link: Link, namespace: Namespace) -> bool:
    """Return whether a link is a bridge whose MAC address is the smallest of its ports', which Linux chooses itself."""
    return link.kind == "bridge" and link.mac == min((port.mac for port in ports(link, namespace)), default=NO_MAC)


def inherits_mtu(link: Link, namespace: Namespace) -> bool:
    """Return whether a link is a bridge whose MTU is the smallest of its ports', which Linux chooses itself."""
    mtus = [port.mtu for port in ports(link, namespace)]
    return link.kind == "bridge" and link.mtu == min(mtus, default=_MTU_WITHOUT_PORTS)


def mac_to_set(was: Link, was_in: Namespace, link: Link, namespace: Namespace) -> str | None:
    """Return the MAC address to set on a bridge so that `was` becomes `link`, or None."""
    if link.mac == NO_MAC:
        return None
    if inherits_mac(link, namespace):
        # A bridge without ports has a random or a user-set MAC. Linux does not say which, so assume random.
        stuck = bool(ports(was, was_in)) and not inherits_mac(was, was_in)
        return link.mac if stuck and was.mac != link.mac else None
    return link.mac if was.mac != link.mac or _ports_differ(was, was_in, link, namespace) else None


def mtu_to_set(was: Link, was_in: Namespace, link: Link, namespace: Namespace) -> int | None:
    """Return the MTU to set on a bridge so that `was` becomes `link`, or None."""
    if inherits_mtu(link, namespace):
        return link.mtu if was.mtu != link.mtu and not inherits_mtu(was, was_in) else None
    return link.mtu if was.mtu != link.mtu or _ports_differ(was, was_in, link, namespace) else None


def _ports_differ(was: Link, was_in: Namespace, link: Link, namespace: Namespace) -> bool:
    old, new = ({(p.ifindex, p.mac, p.mtu) for p in ports(*side)} for side in ((was, was_in), (link, namespace)))
    return old != new
