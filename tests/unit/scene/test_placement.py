"""Where things are placed: nothing overlaps, cables cross as little as possible, and things keep their places."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nslab_kernel.display.svg import document
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.layout.cable_paths import cables_of
from nslab_kernel.scene.shapes import PAGE_WIDTH, Rect
from nslab_kernel.scene.topology_scene import topology_scene
from tests.golden.pictures import on_bridges, router, tutorial
from tests.unit.scene.sketches import ONE_BY_ONE, colliding, crossings, cut_boxes, networks, rects, spilling, texts
from tests.unit.scene.typed import inhabited, typed


@ONE_BY_ONE
@given(networks())
def test_nothing_lies_on_anything(network):
    """Namespaces, sockets and texts never overlap, and stay inside their frames."""
    scene = topology_scene(network)

    assert colliding(scene) == []
    assert spilling(scene) == []


@ONE_BY_ONE
@given(networks())
def test_cables_cross_no_box(network):
    """A cable runs only through its own sockets and namespaces."""
    assert cut_boxes(topology_scene(network)) == []


@ONE_BY_ONE
@given(networks())
def test_cables_cross_only_as_counted(network):
    """The drawing has no more crossings than the order counted, and no cable is unroutable."""
    scene = topology_scene(network)

    assert scene.placement.order.crossings < 100
    assert crossings(scene) <= scene.placement.order.crossings


@ONE_BY_ONE
@given(networks(namespaces=5), st.data())
def test_marks_hide_nothing(network, data):
    """In a picture with marks nothing overlaps either: removed things (ghosts) have places of their own."""
    before = data.draw(networks(namespaces=5))
    scene = topology_scene(network, before)

    assert colliding(scene) == []
    assert spilling(scene) == []
    assert cut_boxes(scene) == []


ON_ONE = "ns1/a - ns1/b"
P_AND_Q = ("p - x/p", "q - x/q")


@pytest.mark.parametrize(
    ("network", "before", "bank"),
    [
        (
            typed(ON_ONE, bridges={"ns1/br0": "a b"}),
            typed(namespaces=["ns1"], bridges={"ns1/br0": "", "ns1/br1": ""}),
            ("a", "b", "br1"),
        ),
        (
            typed(*P_AND_Q, "x/a - x/b", bridges={"x/br0": "p a b"}),
            typed(*P_AND_Q, bridges={"x/br0": "p"}),
            ("p", "a", "b", "q"),
        ),
    ],
    ids=["in the place of their bridge, beside a ghost", "beside a port that was there"],
)
def test_ports_that_come_stand_together(network, before, bank):
    """New ports of a bridge are placed next to each other; interfaces behind move, and cables stay straight."""
    scene = topology_scene(network, before)
    order = scene.placement.order

    assert bank in order.sides.values()
    assert colliding(scene) == []
    assert {len(c.points) for c in cables_of(scene.placement)} == {2}


def test_a_free_slot_of_a_strip_is_for_its_ports():
    """The place of a port that left its bridge is given to the bridge's next port, not to another interface."""
    cables = ["p1 - x/p1", "p3 - x/p3"]
    first = topology_scene(typed(*cables, "p2 - x/p2", bridges={"x/br0": "p1 p2 p3"})).placement
    hint = topology_scene(typed(*cables, bridges={"x/br0": "p1 p3"}), hint=first).placement
    stranger = topology_scene(typed(*cables, "x/z", bridges={"x/br0": "p1 p3"}), hint=hint).placement
    port = topology_scene(typed(*cables, "x/z", bridges={"x/br0": "p1 p3 z"}), hint=hint).placement

    assert hint.order.sides["x", "upper"] == ("p1", "", "p3")
    assert stranger.order.sides["x", "upper"] == ("p1", "", "p3", "z")
    assert port.order.sides["x", "upper"] == ("p1", "z", "p3")


def test_everything_keeps_its_place_through_the_tutorial():
    """During the tutorial no namespace moves, and an interface that changes its namespace keeps its column."""
    hint, namespaces, columns = None, {}, {}
    for network in tutorial().values():
        hint = topology_scene(network, hint=hint).placement
        for name, box in hint.namespaces.items():
            assert namespaces.setdefault(name, box) == box
        for end, box in hint.interfaces.items():
            assert columns.setdefault(end.ifname, box.middle) == box.middle


@ONE_BY_ONE
@given(networks(namespaces=5))
def test_the_same_network_stays_as_it_is(network):
    """A network drawn twice, without a hint or with its own placement as the hint, gives the same picture."""
    first = topology_scene(network)

    assert document(first) == document(topology_scene(network))
    assert document(first) == document(topology_scene(network, hint=first.placement))


def test_a_new_namespace_goes_to_the_end():
    """Namespaces keep their row and their order, whatever the name of a new one."""
    few = ["b", "c", "d", "e", "f"]
    first = topology_scene(typed(namespaces=few)).placement
    then = topology_scene(typed(namespaces=["a", *few]), hint=first).placement

    assert (*first.order.below, "a") == then.order.below
    assert all(box == then.namespaces[name] for name, box in first.namespaces.items() if name in few)


def test_a_freed_slot_is_kept():
    """When the first of two interfaces goes, the second keeps its place, and a new one takes the free slot."""
    cables = ["a/x - b/x", "a/y - c/y"]
    first = topology_scene(typed(*cables, namespaces=["b", "c"])).placement
    gone, stays = End("a", first.order.sides["a", "upper"][0]), End("a", first.order.sides["a", "upper"][1])
    left = [cable for cable in cables if gone.ifname not in cable.split(" - ")[0]]
    then = topology_scene(typed(*left, namespaces=["b", "c"]), hint=first).placement
    back = topology_scene(typed(*left, "a/z - b/z", namespaces=["b", "c"]), hint=then).placement

    assert first.interfaces[stays] == then.interfaces[stays]
    assert first.interfaces[gone].x == back.interfaces[End("a", "z")].x


def test_a_renamed_interface_keeps_its_place():
    """A renamed interface has the place that it had under its old name."""
    before = typed("a - b", namespaces=["x", "y"])
    link = before.link("a")
    host = replace(
        before.namespaces["host"],
        links=tuple(replace(each, ifname="z") if each is link else each for each in before.namespaces["host"].links),
    )
    scene = topology_scene(Network({**before.namespaces, "host": host}), before)
    first = topology_scene(before).placement

    assert first.interfaces[End("host", "a")] == scene.placement.interfaces[End("host", "z")]
    assert End("host", "a") not in scene.placement.interfaces


def test_a_badge_moves_nothing():
    """A namespace at the top edge does not move when it is marked, and its badge is inside the picture."""
    before = typed(namespaces=["a"])
    after = typed("a/x - b/x", namespaces=["a"])
    marked = topology_scene(after, before)
    plain = topology_scene(after, hint=marked.placement)
    gone = topology_scene(Network({"a": before.namespaces["a"]}), before)

    assert marked.placement.namespaces == plain.placement.namespaces
    assert 8 == min(box.y for box in gone.placement.namespaces.values())
    assert all(badge.box.y > 0 for scene in (marked, gone) for badge in rects(scene, "badge"))


@pytest.mark.parametrize("names", ["abcd", "abcdef"])
def test_marked_neighbours_keep_a_gap(names):
    """The halos of new interfaces side by side have a clear gap, also in a compact picture."""
    pairs = [f"{one} - {other}" for one, other in zip(names[::2], names[1::2], strict=True)]
    scene = topology_scene(typed(*pairs), typed())
    halos = sorted((rect.box.x - rect.width / 2, rect.box.right + rect.width / 2) for rect in rects(scene, "halo"))

    assert len(names) == len(halos)
    assert all(left[1] + 6 <= right[0] for left, right in pairwise(halos))


def test_lessons_are_as_wide_as_their_frame():
    """A tutorial's picture is 464 pixels wide; twelve namespaces on two bridges fit into 744."""
    assert {464} == {topology_scene(network).width for network in tutorial().values()}
    assert topology_scene(on_bridges("ab", 6)).width <= 744


def test_a_host_with_nothing_folds_to_a_plate():
    """In a larger picture an empty host is a narrow plate; in the tutorial it keeps its height: cables come from it."""
    assert topology_scene(router()).placement.namespaces["host"].height == 36
    assert topology_scene(tutorial()["two_namespaces"]).placement.namespaces["host"].height == 112


@ONE_BY_ONE
@given(networks(namespaces=6), networks(namespaces=6))
def test_any_hint_will_do(network, other):
    """With the placement of any other network as the hint, nothing overlaps, and no more cables cross than without."""
    scene = topology_scene(network, hint=topology_scene(other).placement)

    assert colliding(scene) == []
    assert spilling(scene) == []
    assert cut_boxes(scene) == []
    assert crossings(scene) <= topology_scene(network).placement.order.crossings


@ONE_BY_ONE
@given(st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["host", "r1", "r2", "r3"])), max_size=8))
def test_a_picture_stays_clear_while_ends_are_carried_about(moves):
    """Moving the ends of four veth pairs about, each picture being the next one's hint, causes no overlap."""
    places, hint = ["host"] * 8, None
    for end, namespace in [(0, "host"), *moves]:
        places[end] = namespace
        cables = (f"{places[i]}/v{i} - {places[i + 1]}/v{i + 1}" for i in range(0, 8, 2))
        scene = topology_scene(typed(*cables, namespaces=["r1", "r2", "r3"]), hint=hint)
        hint = scene.placement

        assert colliding(scene) == []
        assert cut_boxes(scene) == []
        assert crossings(scene) <= hint.order.crossings


def many_containers(count):
    """Return `count` containers of two images on docker0."""
    ports = {f"veth{n:x}a8724{n:x}": f"busybox_{n}" for n in range(1, count + 1)}
    network = typed(
        *(f"{port} - {name}/eth0" for port, name in ports.items()),
        bridges={"docker0": " ".join(ports)},
        addresses={
            "docker0": "172.17.0.1/16",
            **{f"{name}/eth0": f"172.17.0.{n}/16" for n, name in enumerate(ports.values(), 2)},
        },
        gateways=dict.fromkeys(ports.values(), "172.17.0.1"),
    )
    return inhabited(network, {name: ("busybox", "nginx")[n % 2] for n, name in enumerate(ports.values())})


def test_four_containers_fit():
    """Four containers with names, images and default routes fit into the width of a page, in one row."""
    scene = topology_scene(many_containers(4))

    assert scene.width <= PAGE_WIDTH
    assert 2 == [text.words for text in texts(scene)].count("busybox")
    assert () == scene.placement.order.above


@pytest.mark.parametrize(("count", "width"), [(5, PAGE_WIDTH), (6, PAGE_WIDTH), (12, 1100)])
def test_more_containers_wrap(count, width):
    """More containers are in two rows; the bridge between them has a bar for each row, and nothing overlaps."""
    scene = topology_scene(many_containers(count))
    placed = scene.placement
    bars = placed.bars(End("host", "docker0"))

    assert scene.width <= width
    assert (count // 2, -(-count // 2)) == (len(placed.order.above), len(placed.order.below))
    assert bars["upper"].bottom < bars["lower"].y
    assert set(bars.values()) <= {rect.box for rect in scene.shapes if isinstance(rect, Rect)}
    assert [] == colliding(scene)
    assert [] == cut_boxes(scene)
    assert {len(cable.points) for cable in cables_of(placed)} <= {2, 4}


def test_wrapped_rows_stay_while_they_are_needed():
    """A new container goes into the shorter row and the others stay; with few containers there is one row again."""
    hint = topology_scene(many_containers(5)).placement
    then = topology_scene(many_containers(6), hint=hint).placement
    few = topology_scene(many_containers(3), hint=then).placement

    assert (*hint.order.above, "busybox_6") == then.order.above
    assert hint.order.below == then.order.below
    assert () == few.order.above


def test_interfaces_grow_back():
    """Interfaces are compact while there are many, and large again when there are few."""
    few, many = on_bridges("a", 2), on_bridges("a", 6)
    hint = topology_scene(many, hint=topology_scene(few).placement).placement

    assert hint.compact
    assert not topology_scene(few, hint=hint).placement.compact


@pytest.mark.parametrize(
    "network", [on_bridges("cdef", 25), many_containers(25), typed(namespaces=map(str, range(25)))]
)
def test_an_opened_stack_is_a_grid(network):
    """The namespaces of an opened stack are in a frame as wide as a page, with one cable bundle, without overlap."""
    key = next(name for name in topology_scene(network).placement.namespaces if name.startswith("/"))
    closed, scene = (topology_scene(network, opened=which) for which in ("", key))
    frame, inside = scene.placement.namespaces[key], scene.placement.order.diagram.opened

    assert scene.width <= PAGE_WIDTH + 8
    assert len(closed.placement.order.diagram.cables) == len(scene.placement.order.diagram.cables)
    assert 12 < len(inside)
    assert all(frame.y < scene.placement.namespaces[name].y < frame.bottom for name in inside)
    assert [] == colliding(scene)
