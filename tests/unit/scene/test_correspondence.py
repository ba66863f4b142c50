"""Two networks drawn side by side with corresponding things at the same places."""

import pytest
from hypothesis import given

from nslab_kernel.language import speaking
from nslab_kernel.model.comparison import Comparison, Half
from nslab_kernel.model.network import End
from nslab_kernel.scene.comparison_scene import both_scene, half_scenes
from nslab_kernel.scene.layout.correspondence import place_pair
from nslab_kernel.scene.shapes import PAGE_WIDTH
from tests.golden.pictures import beside, containers
from tests.unit.scene.sketches import ONE_BY_ONE, colliding, cut_boxes, networks, spilling, words
from tests.unit.scene.typed import typed

PAIRS = beside().matched_namespaces
DOCKER, HAND = beside().left.network, beside().right.network


def test_what_corresponds_stands_in_the_same_place():
    """Corresponding namespaces and interfaces have exactly the same boxes in both pictures."""
    left, right = place_pair(DOCKER, HAND, PAIRS)

    for ours, theirs in PAIRS:
        assert left.namespaces[ours] == right.namespaces[theirs]
    for ours, theirs in (("busybox_1", "test1"), ("busybox_2", "test2")):
        assert left.interfaces[End(ours, "eth0")] == right.interfaces[End(theirs, f"veth-{theirs}")]
    assert {"test1", "test2"} == {end.netns for end in right.interfaces}


def test_each_has_its_own_cables():
    """Each picture has its own cables: left, vertical ones to the bridge; right, one between neighbours."""
    left, right = place_pair(DOCKER, HAND, PAIRS)

    assert ["vertical", "vertical"] == list(left.order.kinds.values())
    assert ["adjacent"] == list(right.order.kinds.values())


def test_both_fit_beside_each_other():
    """Two containers beside two namespaces made by hand fit into the width of a page."""
    left, right = half_scenes(beside())
    both = both_scene(beside())

    assert left.width + right.width == both.width <= PAGE_WIDTH
    assert left.height == right.height == both.height
    assert {"Docker did", "You did", "docker0", "busybox", "192.168.1.1/24"} <= set(words(both))


def test_wide_ones_stand_one_below_the_other():
    """Two networks that are together too wide are drawn one below the other."""
    network = containers()
    whole = Comparison(Half((), network), Half((), network), (), tuple((name, name) for name in network.namespaces))
    left, both = half_scenes(whole)[0], both_scene(whole)

    assert left.width == both.width <= PAGE_WIDTH
    assert 2 * left.height == both.height
    assert {"The first", "The second"} <= set(words(both))


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_network_beside_itself_is_the_same_picture(count):
    """A network compared with itself has the same places in both pictures."""
    cables = [f"v{n} - box{n}/eth0" for n in range(count)]
    network = typed(*cables, bridges={"br0": " ".join(f"v{n}" for n in range(count))})
    left, right = place_pair(network, network, tuple((name, name) for name in network.namespaces))

    assert (left.namespaces, left.interfaces) == (right.namespaces, right.interfaces)


def test_the_two_sides_may_change_places():
    """If test1 corresponds to test2 and test2 to test1, they exchange their places."""
    left, right = place_pair(HAND, HAND, (("host", "host"), ("test1", "test2"), ("test2", "test1")))

    assert left.namespaces["test1"] == right.namespaces["test2"]
    assert left.namespaces["test2"] == right.namespaces["test1"]
    assert ["adjacent"] == list(right.order.kinds.values())


def test_where_no_place_serves_both_each_has_its_own():
    """If the common places leave a cable unroutable, each picture gets its own places, and every cable is drawn."""
    chain = typed("a/x - b/x", "b/y - c/x", "c/y - d/x")
    star = typed("p - a/x", "q - b/x", "r - c/x", "s - d/x", "d/y - a/y", bridges={"br0": "p q", "br1": "r s"})
    left, right = place_pair(chain, star, tuple((name, name) for name in chain.namespaces))

    assert 5 == len(right.order.kinds)
    for half in (left, right):
        assert "unroutable" not in half.order.kinds.values()


def test_a_picture_in_words_says_whose_it_is():
    """Each text alternative begins with the caption; in Chinese there is no space between Chinese characters."""
    left, right = half_scenes(beside())
    with speaking("zh"):
        chinese, _right = half_scenes(beside())

    assert left.description.startswith("Docker did: host: docker0 (bridge)")
    assert right.description.startswith("You did: host: lo DOWN.")
    assert chinese.description.startswith("Docker 做的：宿主机：docker0")
    assert "对端是宿主机里的 veth0a87245" in chinese.description


@ONE_BY_ONE
@given(networks(5), networks(5))
def test_whatever_is_compared_both_are_whole(left, right):
    """For any two networks every cable is drawn around other boxes, and no text overlaps or leaves its frame."""
    namespaces = tuple((name, name) for name in left.namespaces if name in right.namespaces)
    for half in half_scenes(Comparison(Half((), left), Half((), right), (), namespaces)):
        assert [] == colliding(half)
        assert [] == spilling(half)
        assert [] == cut_boxes(half)
        assert "unroutable" not in half.placement.order.kinds.values()
