"""build() of networks with one wrong value: refused by the lab's own errors, or built."""

import random
import struct
import subprocess
from dataclasses import fields, is_dataclass, replace

import pytest

from nslab_kernel import BadValue, Entry, LabError, Network, build, lab_reset, snapshot
from nslab_kernel.model.network import HOST, Namespace
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.validate_network import refuse_unencodable
from tests.live.shell import inside, sh
from tests.networks import bridged, network, two_namespaces

COUNT = 700
SEED = 11


class Mute:
    """An object whose repr() raises an error."""

    def __repr__(self):
        raise RuntimeError("no words")


def circle():
    """Return a list that contains itself."""
    found = []
    found.append(found)
    return found


WRONG = (
    *(None, True, 0, -1, 1, 2**31, 2**32, 2**64, 10**5000, 0.5, float("nan"), b"bytes", object, Mute(), circle()),
    *(
        "",
        " ",
        "a b",
        "\0",
        "\ud800",
        "\udce9",
        "a" * 300,
        "..",
        "网" * 6,
        "-1",
        "10.0.0.300",
        "::1/200",
        "default",
        "all",
    ),
    *((), (None,), (1,), ("x",), ("x", "y"), ("x", "y", "z"), (((),),), ((("x",), b"y"),), (((1 << 70,), b"y"),)),
    *([], {}, {"x": 1}, set(), ((), ()), (((1,), b"\xff" * 9),), (((26, 300), b"\1"),)),
)

HOST_LINES = """
link add v9 txqueuelen 77 type ifb
link property add dev v9 altname a-long-name-of-v9
addr add 10.9.0.1/24 dev v9 label v9:1 valid_lft 900 preferred_lft 600
link set v9 up
link add vx9 type vxlan id 5 dstport 4789
route add 10.8.0.0/16 via 10.9.0.2 metric 7 table 100 mtu 1400
route add blackhole 10.7.0.0/16
rule add from 10.0.0.0/8 lookup 100 priority 50
nexthop add id 5 via 10.9.0.3 dev v9
route add 10.6.0.0/16 nhid 5
""".strip().splitlines()
TEST1_LINES = """
neigh add 192.168.1.7 lladdr 02:00:00:00:00:07 dev veth-test1
addr add fd00::1/64 dev veth-test1 nodad
""".strip().splitlines()


def mutated(draw, value):
    """Return a copy of a value in which one part, at any depth, is wrong."""
    if is_dataclass(value) and not isinstance(value, type):
        names = [one.name for one in fields(value)]
        full = [name for name in names if isinstance(getattr(value, name), tuple) and getattr(value, name)]
        name = draw.choice(full if full and draw.random() < 0.7 else names)
        return replace(value, **{name: mutated(draw, getattr(value, name))})
    if isinstance(value, tuple) and value and draw.random() < 0.8:
        at = draw.randrange(len(value))
        parts = [*value[:at], mutated(draw, value[at]), *value[at + 1 :]]
        return value._make(parts) if hasattr(value, "_make") else tuple(parts)
    if isinstance(value, dict) or hasattr(value, "items"):
        name = draw.choice(list(value))
        return {**value, name: mutated(draw, value[name])}
    alike = [wrong for wrong in WRONG if type(wrong) is type(value)]
    return draw.choice(alike if alike and draw.random() < 0.5 else WRONG)


def rich():
    """Return a network that has something of every kind, as snapshot() reads it."""
    build(network(**bridged().namespaces, **{n: s for n, s in two_namespaces().namespaces.items() if n != HOST}))
    sh(*HOST_LINES)
    inside("test1", *TEST1_LINES)
    subprocess.run(["nft", "add table ip t; add chain ip t c { type filter hook input priority 0; }"], check=True)
    found = snapshot()
    lab_reset()
    build(found)
    lab_reset()
    return found


@pytest.mark.limit(900)
def test_mutated_networks():
    """From 700 networks with one wrong value, only our own errors are raised, and then nothing is changed."""
    draw, foreign = random.Random(SEED), {}
    whole = rich()
    for number in range(COUNT):
        try:
            wrong = mutated(draw, whole)
        except Exception:  # some values cannot be constructed
            continue
        before = comparable(snapshot())
        try:
            build(wrong)
        except LabError as error:
            assert error.what
            assert before == comparable(snapshot()), number
        except Exception as error:
            foreign[number] = f"{type(error).__name__}: {str(error)[:200]}"
            lab_reset()
        else:
            lab_reset()

    assert foreign == {}


def test_a_defect_of_ours_is_not_blamed_on_the_network():
    """Only an encoding error means that the network is impossible; another error in our code must not look like one."""
    with pytest.raises(KeyError), refuse_unencodable():
        raise KeyError("a name that we forgot")
    with pytest.raises(BadValue), refuse_unencodable():
        struct.pack("=B", 256)
    now = snapshot()
    empty = replace(now.namespaces[HOST], entries=(Entry("ip nexthop", "", b""),))
    with pytest.raises(BadValue):
        build(Network({HOST: empty}))


@pytest.mark.parametrize("spaces", [{1: Namespace("1")}, {HOST: circle()}, {HOST: Mute()}], ids=["key", "list", "mute"])
def test_no_network_at_all(spaces):
    """A Network with wrong contents raises an error of ours."""
    with pytest.raises(LabError):
        build(Network(spaces))
