"""A short notation for networks: cables as `a/eth0 - b/eth0`, everything up by default."""

from collections.abc import Iterable
from dataclasses import replace

from nslab_kernel.model.network import HOST, Container, End, Link, Namespace, Network, Route

UP = ("BROADCAST", "MULTICAST", "UP", "LOWER_UP")
DOWN = ("BROADCAST", "MULTICAST")
WAIT = ("NO-CARRIER", "BROADCAST", "MULTICAST", "UP")
LO = Link("lo", 1, "loopback", "00:00:00:00:00:00", 65536, "DOWN", ("LOOPBACK",))


def end(text: str) -> End:
    """Return `a/eth0` as an End; a name without a namespace is on the host."""
    netns, slash, ifname = text.rpartition("/")
    return End(netns if slash else HOST, ifname)


def typed(
    *cables: str,
    namespaces: Iterable[str] = (),
    bridges: dict[str, str] | None = None,
    addresses: dict[str, str] | None = None,
    down: Iterable[str] = (),
    wait: Iterable[str] = (),
    routers: Iterable[str] = (),
    gateways: dict[str, str] | None = None,
    lo_up: Iterable[str] = (),
) -> Network:
    """Return a network written in the short notation.

    Args:
        cables: `"a/eth0 - b/eth0"`; a name without a namespace is on the host.
        namespaces: Namespaces, which have only `lo` unless a cable ends there.
        bridges: `{"host/br0": "veth1 veth2"}`: a bridge and its ports.
        addresses: `{"a/eth0": "10.0.0.1/24 10.0.1.1/24"}`.
        down: Ends that are down; `"*"` means all.
        wait: Ends that are up without carrier.
        routers: Namespaces that forward packets.
        gateways: `{"a": "10.0.0.1"}`: default routes.
        lo_up: Namespaces whose `lo` is up.
    """
    bridges, addresses, gateways = bridges or {}, addresses or {}, gateways or {}
    links: dict[str, list[Link]] = {name: [] for name in (HOST, *namespaces)}
    master = {End(end(b).netns, port): end(b).ifname for b, ports in bridges.items() for port in ports.split()}
    peers = {}
    for cable in cables:
        one, _, other = cable.partition(" - ")
        peers |= {end(one): end(other) if other else None}
        peers |= {end(other): end(one)} if other else {}
    number = {each: i for i, each in enumerate(sorted({e.ifname for e in [*map(end, bridges), *peers]}), 2)}
    for each in [*map(end, bridges), *peers]:
        inside = links.setdefault(each.netns, [])
        text = f"{each.netns}/{each.ifname}"
        is_down = "*" in down or text in down or (each.netns == HOST and each.ifname in down)
        waits = text in wait or (each.netns == HOST and each.ifname in wait)
        kind = "veth" if each in peers else "bridge"
        given = addresses.get(text) or (addresses.get(each.ifname) if each.netns == HOST else None) or ""
        inside.append(
            Link(
                each.ifname,
                number[each.ifname],
                kind,
                f"02:00:00:00:00:{number[each.ifname]:02x}",
                1500,
                "DOWN" if is_down else "LOWERLAYERDOWN" if waits else "UP",
                DOWN if is_down else WAIT if waits else UP,
                tuple(given.split()),
                peers.get(each),
                master=master.get(each),
            )
        )
    return Network({name: _namespace(name, links[name], gateways, routers, lo_up) for name in sorted_host(links)})


def inhabited(network: Network, images: dict[str, str], also: dict[str, str] | None = None) -> Network:
    """Return the network with containers in some of its namespaces.

    Args:
        network: From `typed`.
        images: `{"busybox_1": "busybox"}`: container and image; the namespace has the container's name.
        also: `{"busybox_1": "web"}`: further names of the namespace in /run/netns.
    """
    found = dict(network.namespaces)
    for pid, (name, image) in enumerate(images.items(), 100):
        names = tuple((also or {}).get(name, "").split())
        found[name] = replace(found[name], container=Container(name, image, f"{pid:064x}", pid), also=names)
    return Network(found)


def sorted_host(names: Iterable[str]) -> list[str]:
    """Return the host first, then the others sorted by name."""
    return [HOST, *sorted(name for name in names if name != HOST)]


def _namespace(
    name: str, links: list[Link], gateways: dict[str, str], routers: Iterable[str], lo_up: Iterable[str]
) -> Namespace:
    lo = Link("lo", 1, "loopback", LO.mac, 65536, "UNKNOWN", ("LOOPBACK", "UP", "LOWER_UP")) if name in lo_up else LO
    routes = (Route("default", gateways[name], links[0].ifname),) if name in gateways else ()
    return Namespace(name, (lo, *links), routes, ip_forward=name in routers)
