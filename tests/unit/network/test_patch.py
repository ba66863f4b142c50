"""A patch turns one network into another, and contains only what differs."""

import random
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from nslab_kernel.model.network import HOST, Namespace, Network
from nslab_kernel.network.patch import Patch, in_order, patch
from tests.networks import bridged, lo, network, one_end_up, two_namespaces

NETWORKS = (bridged(), one_end_up(), two_namespaces(), network())
PARTS = [space for whole in NETWORKS for space in whole.namespaces.values()]


@st.composite
def networks(draw):
    """Draw a network whose namespaces mix the fields of several others."""
    spaces = {HOST: draw(namespaces(HOST))}
    for name in draw(st.sets(st.sampled_from("abc"))):
        spaces[name] = draw(namespaces(name))
    return in_order(spaces)


@st.composite
def namespaces(draw, name):
    draws = {one.name: getattr(draw(st.sampled_from(PARTS)), one.name) for one in fields(Namespace)}
    return replace(draw(st.sampled_from(PARTS)), **draws | {"name": name})


@settings(max_examples=200, deadline=None)
@given(networks(), networks())
def test_there_and_back(one, other):
    """A patch between any two networks gives the other network, with its namespaces in the same order."""
    assert patch(one, other).of(one) == other
    assert patch(other, one).of(other) == one
    assert list(patch(one, other).of(one).namespaces) == list(other.namespaces)


def test_what_is_the_same_costs_nothing():
    """A patch of equal networks is empty, and applying it returns the same object."""
    assert patch(bridged(), bridged()) == Patch((), {})
    same = bridged()
    assert patch(same, bridged()).of(same) is same


def test_of_a_large_namespace_a_part_is_held():
    """If one link of hundreds differs, the patch contains only that link."""
    links = tuple(replace(lo(), ifname=f"v{n}", ifindex=n) for n in range(1, 300))
    draw = random.Random(1)
    for _round in range(20):
        at = draw.randrange(len(links))
        one, other = space(links), space((*links[:at], replace(links[at], mtu=7), *links[at + 1 :]))
        [(field, part)] = patch(one, other).spaces[HOST]
        assert (field, part.values) == ("links", (other.namespaces[HOST].links[at],))
        assert patch(one, other).of(one) == other


def space(links):
    return Network({HOST: Namespace(HOST, links)})
