"""Networks typed by hand, for tests that need no Linux."""

from collections.abc import Container
from dataclasses import replace

from nslab_kernel.model.network import HOST, End, Link, Namespace, Neighbour, Network, Route

UP = ("BROADCAST", "MULTICAST", "UP", "LOWER_UP")
DOWN = ("BROADCAST", "MULTICAST")
NO_CARRIER = ("NO-CARRIER", "BROADCAST", "MULTICAST", "UP")


def lo(up: bool = False) -> Link:
    """Return `lo` as a new namespace has it, down; or as the host has it, up."""
    if up:
        flags, addresses = ("LOOPBACK", "UP", "LOWER_UP"), ("127.0.0.1/8", "::1/128")
        return Link("lo", 1, "loopback", "00:00:00:00:00:00", 65536, "UNKNOWN", flags, addresses, qdisc="noqueue")
    return Link("lo", 1, "loopback", "00:00:00:00:00:00", 65536, "DOWN", ("LOOPBACK",))


def veth(ifname: str, ifindex: int, peer: End | None, peer_ifindex: int, *addresses: str, **other: object) -> Link:
    """Return one end of a veth pair; it is up and has carrier unless `other` changes that."""
    mac = f"02:00:00:00:00:{ifindex:02x}"
    link = Link(ifname, ifindex, "veth", mac, 1500, "UP", UP, addresses, peer, peer_ifindex, qdisc="noqueue")
    return replace(link, **other)  # type: ignore[arg-type]


def network(**namespaces: Namespace) -> Network:
    """Return a network of these namespaces, with a host that has only `lo` if no host is given."""
    host = namespaces.pop(HOST, Namespace(HOST, (lo(up=True),)))
    return Network({HOST: host, **dict(sorted(namespaces.items()))})


def bare() -> Network:
    """Return a lab as it starts: a host that has only `lo`."""
    return network()


def two_namespaces() -> Network:
    """Return the tutorial after step 3.9: test1 and test2, a veth pair with addresses, both ends up, `lo` down."""
    return network(test1=_tutorial("test1", 3, "test2", 2, 1), test2=_tutorial("test2", 2, "test1", 3, 2))


def one_end_up() -> Network:
    """Return the tutorial in the middle of step 3.9: test1's end is up, test2's end is down."""
    both = two_namespaces().namespaces
    one, two = both["test1"], both["test2"]
    waiting = replace(one.link("veth-test1"), flags=NO_CARRIER, operstate="LOWERLAYERDOWN")
    down = replace(two.link("veth-test2"), flags=DOWN, operstate="DOWN", qdisc="noop")
    route = replace(one.routes[0], flags=("linkdown",))
    return network(
        test1=replace(one, links=(one.link("lo"), waiting), routes=(route,)),
        test2=replace(two, links=(two.link("lo"), down), routes=()),
    )


def before_the_move() -> Network:
    """Return the tutorial after step 3.4: both ends of the veth pair are on the host, and down."""
    flags = (*DOWN, "M-DOWN")
    first = veth("veth-test1", 3, End(HOST, "veth-test2"), 2, flags=flags, operstate="DOWN", qdisc="noop")
    second = veth("veth-test2", 2, End(HOST, "veth-test1"), 3, flags=flags, operstate="DOWN", qdisc="noop")
    host = Namespace(HOST, (lo(up=True), second, first))
    return network(host=host, test1=Namespace("test1", (lo(),)), test2=Namespace("test2", (lo(),)))


def bridged() -> Network:
    """Return what Docker makes, made by hand: box1 and box2 on the bridge lab0, whose address is their gateway."""
    bridge = Link("lab0", 2, "bridge", "02:00:00:00:00:02", 1500, "UP", UP, ("172.18.0.1/24",), qdisc="noqueue")
    ports = [veth(f"veth{n}", 2 + n, End(f"box{n}", "eth0"), 2, master="lab0", link_netnsid=n - 1) for n in (1, 2)]
    route = Route("172.18.0.0/24", dev="lab0", protocol="kernel", scope="link", prefsrc="172.18.0.1")
    host = Namespace(HOST, (lo(up=True), bridge, *ports), (route,), ip_forward=True)
    return network(host=host, box1=_box(1), box2=_box(2))


def without_macs(network: Network, known: Container[str] = ()) -> Network:
    """Return the network with every MAC address that is not known replaced, because Linux draws those at random."""

    def hide(link: Link) -> Link:
        return link if link.mac in known or link.kind == "loopback" else replace(link, mac="drawn")

    return Network({n: replace(s, links=tuple(hide(link) for link in s.links)) for n, s in network.namespaces.items()})


def _tutorial(name: str, ifindex: int, other: str, peer_ifindex: int, last: int) -> Namespace:
    end = veth(f"veth-{name}", ifindex, End(other, f"veth-{other}"), peer_ifindex, f"192.168.1.{last}/24")
    route = Route("192.168.1.0/24", dev=end.ifname, protocol="kernel", scope="link", prefsrc=f"192.168.1.{last}")
    return Namespace(name, (lo(), replace(end, link_netnsid=0)), (route,))


def _box(n: int) -> Namespace:
    mac = f"02:00:00:00:01:0{n}"
    end = veth("eth0", 2, End(HOST, f"veth{n}"), 2 + n, f"172.18.0.1{n}/24", link_netnsid=0, mac=mac)
    routes = (
        Route("default", gateway="172.18.0.1", dev="eth0"),
        Route("172.18.0.0/24", dev="eth0", protocol="kernel", scope="link", prefsrc=f"172.18.0.1{n}"),
    )
    neighbour = Neighbour("172.18.0.1", "eth0", "02:00:00:00:00:02", "REACHABLE")
    return Namespace(f"box{n}", (lo(up=True), end), routes, (neighbour,))
