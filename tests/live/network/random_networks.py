"""Hypothesis strategies for networks that Linux can have."""

from dataclasses import replace

from hypothesis import strategies as st

from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route

LO = Link("lo", 1, "loopback", "00:00:00:00:00:00", 65536, "", ())
LO_UP = replace(LO, flags=("UP",), addresses=("127.0.0.1/8",))
FLAGS = st.sampled_from([("UP",), ()])
MTUS = st.sampled_from([1500, 1280, 1400, 9000, 65535])
MACS = st.integers(1, 0xFFFFFF).map(lambda n: f"02:00:00:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}")
NAMES = st.sampled_from(["v0", "v1", "eth0", "网口0", "x;y$z", "a-name-of-15-b."])
IPV4 = st.builds("10.{}.0.{}/{}".format, st.integers(0, 3), st.integers(1, 9), st.sampled_from([16, 24, 32]))
IPV6 = st.builds("fd00:{}::{}/{}".format, st.integers(1, 3), st.integers(1, 9), st.sampled_from([64, 128]))


@st.composite
def networks(draw):
    """Draw a network of up to three namespaces beside the host, with cables, bridges, addresses and routes."""
    names = draw(st.lists(st.sampled_from(["test1", "test2", "路由器"]), unique=True).map(sorted))
    links = {name: [] for name in (HOST, *names)}
    for _cable in range(draw(st.integers(0, 4))):
        _draw_cable(draw, links)
    for name, there in links.items():
        if draw(st.booleans()):
            _draw_bridge(draw, there)
        lo = draw(st.sampled_from([LO, LO_UP])) if name != HOST else LO_UP
        there.insert(0, lo)
    return Network({name: _draw_namespace(draw, name, there) for name, there in links.items()})


def _draw_cable(draw, links):
    places = st.sampled_from(list(links))
    netns, other_netns = draw(places), draw(places)
    ifname, ifindex = _free(draw, links[netns])
    one = Link(ifname, ifindex, "veth", draw(MACS), draw(MTUS), "", draw(FLAGS))
    links[netns].append(one)
    other_name, other_index = _free(draw, links[other_netns])
    other = Link(other_name, other_index, "veth", draw(MACS), draw(MTUS), "", draw(FLAGS))
    links[netns][-1] = replace(one, peer=End(other_netns, other_name), peer_ifindex=other_index)
    links[other_netns].append(replace(other, peer=End(netns, ifname), peer_ifindex=ifindex))


def _draw_bridge(draw, there):
    flags = draw(FLAGS)
    ports = [link for link in there if draw(st.booleans())]
    there[:] = [replace(link, master="br0") if link in ports else link for link in there]
    mtu = draw(st.sampled_from([min((port.mtu for port in ports), default=1500), 1300]))
    there.append(Link("br0", 99, "bridge", draw(MACS), mtu, "", flags))


def _free(draw, there):
    ifname = draw(NAMES.filter(lambda name: name not in [link.ifname for link in there]))
    ifindex = draw(st.integers(2, 12).filter(lambda index: index not in [link.ifindex for link in there]))
    return ifname, ifindex


def _draw_namespace(draw, name, there):
    links = sorted((_with_addresses(draw, link) for link in there), key=lambda link: link.ifindex)
    return Namespace(name, tuple(links), _draw_routes(draw, links), ip_forward=draw(st.booleans()))


def _with_addresses(draw, link):
    if link.kind == "loopback":
        return link
    ipv4 = draw(st.lists(IPV4, max_size=3, unique_by=lambda addr: addr.partition("/")[0]))
    ipv6 = draw(st.lists(IPV6, max_size=2, unique_by=lambda addr: addr.partition("/")[0]))
    return replace(link, addresses=(*_primaries_first(ipv4), *ipv6))


def _primaries_first(addresses):
    """Return addresses in Linux's order: the first one of each subnet, then the others."""
    nets, first, later = set(), [], []
    for addr in addresses:
        net = (".".join(addr.split(".")[:2]), addr.partition("/")[2], addr if addr.endswith("/32") else "")
        (later if net in nets else first).append(addr)
        nets.add(net)
    return (*first, *later)


def _draw_routes(draw, links):
    routes, taken = [], set()
    for link in links:
        if not link.up or link.kind == "loopback" or not draw(st.booleans()):
            continue
        for addr in link.addresses:
            dst = draw(st.sampled_from(["default", "172.16.0.0/12", "192.168.7.7"]))
            gateway = None if ":" in addr else _neighbour(addr)
            if gateway is None or dst in taken:
                continue
            taken.add(dst)
            routes.append(Route(dst, gateway, link.ifname, metric=draw(st.sampled_from([0, 5]))))
    return tuple(routes)


def _neighbour(addr):
    """Return a gateway in the subnet of an address, or `None` for a /32."""
    start, _dot, rest = addr.rpartition(".")
    return None if rest.endswith("/32") else f"{start}.{int(rest.partition('/')[0]) + 100}"
