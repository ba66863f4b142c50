"""The order of namespaces in a picture, which avoids crossing cables."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise, permutations

import pytest
from hypothesis import HealthCheck, assume, given, settings

from nslab_kernel.model.naming import natural
from nslab_kernel.scene.from_network import diagram_of
from nslab_kernel.scene.layout.crossings import _with_sides, arrange
from nslab_kernel.scene.layout.vertical import place
from nslab_kernel.scene.topology_scene import topology_scene
from tests.golden.pictures import on_bridges
from tests.unit.scene.sketches import ONE_BY_ONE, crossings, networks
from tests.unit.scene.typed import typed


@settings(ONE_BY_ONE, max_examples=25, suppress_health_check=list(HealthCheck))
@given(networks(namespaces=5))
def test_no_order_of_a_small_picture_crosses_less(network):
    """With up to five namespaces no permutation of the rows has fewer crossings."""
    order = arrange(diagram_of(network))
    assume(order.crossings)
    others = (
        _with_sides(replace(order, sides={}, above=above, below=below))
        for above in permutations(order.above)
        for below in permutations(order.below)
    )

    assert order.crossings <= min(other.crossings for other in others)


NAMES = [f"n{i}" for i in range(12)]
CHAIN = [f"{one}/r - {other}/l" for one, other in pairwise(NAMES)]
TREE = [f"{NAMES[(i - 1) // 2]}/d{i} - {NAMES[i]}/u" for i in range(1, 12)]
FLAT = {
    "chain": typed(*CHAIN),
    "ring": typed(*CHAIN, "n11/r - n0/l"),
    "star": typed(*(f"n0/d{i} - n{i}/u" for i in range(1, 12))),
    "tree": typed(*TREE),
    "pairs": typed(*(f"n{i}/e - n{i + 6}/e" for i in range(6))),
    "two bridges": on_bridges("ab", 6),
    "three bridges": on_bridges("abc", 4),
    "backwards": typed(*(f"v{i} - n{11 - i}/e" for i in range(12))),
    "bridges in namespaces": typed(
        *(f"sw{k}/p{i} - n{4 * k + i}/e" for k in range(2) for i in range(4)),
        "sw0/x - sw1/x",
        bridges={"sw0/br0": "p0 p1 p2 p3 x", "sw1/br0": "p0 p1 p2 p3 x"},
    ),
    "two bridges joined on the host": typed(
        *(f"v{i} - n{i}/e" for i in range(6)), "x - y", bridges={"br0": "v0 v2 v4 x", "br1": "v1 v3 v5 y"}
    ),
    "namespaces on two bridges": typed(
        *(f"{b}{i} - n{i}/{b}" for i in range(2) for b in "pq"),
        "p2 - n2/e",
        "q3 - n3/e",
        bridges={"br-p": "p0 p1 p2", "br-q": "q0 q1 q3"},
    ),
    "full mesh of four": typed(*(f"n{a}/to{b} - n{b}/to{a}" for a in range(4) for b in range(a))),
}


@pytest.mark.parametrize("name", [name for name in FLAT if name != "namespaces on two bridges"])
def test_what_can_be_flat_is_flat(name):
    """In the topologies of the lessons, with up to twelve namespaces, no drawn cables cross."""
    assert crossings(topology_scene(FLAT[name])) == 0


def test_namespaces_on_two_bridges_cross_as_little_as_they_must():
    """Two namespaces that are both on the same two bridges cannot be drawn without a crossing: there is only one."""
    assert crossings(topology_scene(FLAT["namespaces on two bridges"])) == 1


def test_a_bridges_cable_to_its_own_namespace_is_drawn():
    """A cable from a bridge's port to an interface of the same namespace is drawn inside that namespace."""
    network = typed("a - n1/eth0", "b - n2/eth0", "c - d", bridges={"br0": "a", "br1": "b c"})
    order = place(diagram_of(network)).order

    assert ("n2",) == order.above
    assert {"vertical": 2, "internal": 1} == Counter(order.kinds.values())


def test_numbers_count_as_numbers():
    """Names are sorted by the numbers in them: `ns2` before `ns10`."""
    names = ["ns10", "ns2", "a", "ns1b"]

    assert sorted(names, key=natural) == ["a", "ns1b", "ns2", "ns10"]


def test_bridges_stand_in_the_order_of_their_making():
    """The namespaces of the first bridge are below the host's row, those of the second above it."""
    order = arrange(diagram_of(on_bridges("ab", 3)))

    assert order.below == ("a1", "a2", "a3")
    assert order.above == ("b1", "b2", "b3")


def test_two_namespaces_on_one_cable_stand_side_by_side():
    """Namespaces that a cable joins are placed as neighbours, so that the cable is straight."""
    order = arrange(diagram_of(typed("a/x - d/x", "b/x - c/x", "c/y - d/y", namespaces=["e", "f"])))

    assert set(order.kinds.values()) <= {"adjacent", "vertical"}
