"""The picture of a network: styles by flags, marks on changes, and nothing left out."""

from dataclasses import replace

import pytest

from nslab_kernel.display.html import min_width
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route
from nslab_kernel.scene.alt_text import describe_link
from nslab_kernel.scene.shapes import Dot, Line, Rect, Text
from nslab_kernel.scene.topology_scene import parts_of, topology_scene
from tests.golden.pictures import INSIDE, containers, on_bridges, router, tutorial
from tests.networks import veth
from tests.unit.scene.sketches import colliding, rects, texts, words
from tests.unit.scene.typed import DOWN, LO, UP, WAIT, inhabited, typed


def changed(network, netns, which, **facts):
    """Return the network with some fields of one link changed."""
    namespace = network.namespaces[netns]
    links = tuple(replace(link, **facts) if link.ifname == which else link for link in namespace.links)
    return Network({**network.namespaces, netns: replace(namespace, links=links)})


def lines(scene, part):
    return [shape for shape in scene.shapes if isinstance(shape, Line) and shape.part.partition(" ")[0] == part]


@pytest.mark.parametrize(
    ("flags", "operstate", "token", "word"),
    [
        (UP, "UP", "up", "UP"),
        (UP, "UNKNOWN", "up", "UNKNOWN"),
        (UP, "DORMANT", "wait", "DORMANT"),
        (WAIT, "LOWERLAYERDOWN", "wait", "LOWERLAYERDOWN"),
        (WAIT, "DOWN", "wait", "NO-CARRIER"),
        (WAIT, "UNKNOWN", "wait", "NO-CARRIER"),
        (DOWN, "DOWN", "line", "DOWN"),
    ],
)
def test_a_look_comes_from_flags(flags, operstate, token, word):
    """The flags decide the style; the word is the operstate, but never DOWN for a link that is up."""
    scene = topology_scene(changed(typed("a/x - b/y"), "a", "x", flags=flags, operstate=operstate))
    socket = next(rect for rect in rects(scene, "interface") if rect.part == "interface a/x")

    assert token == socket.stroke
    assert word in words(scene)


def test_a_cable_whose_ends_differ_has_two_halves():
    """Each half has the style of its end, and a break mark is between them."""
    scene = topology_scene(tutorial()["one_up"])

    assert {"wait", "line"} == {line.stroke for line in lines(scene, "cable")}
    assert len(lines(scene, "break")) == 2


def test_lo_is_a_ring_and_no_socket():
    """Every namespace has a ring for `lo`, hollow while it is down and full while it is up."""
    scene = topology_scene(typed(namespaces=["a", "b"], lo_up=["b"]))
    rings = [shape.filling for shape in scene.shapes if isinstance(shape, Dot)]

    assert rings == ["hollow", "hollow", "full"]
    assert words(scene).count("lo") == 3
    assert rects(scene, "interface") == []


def test_a_moved_link_came_here_and_is_gone_there():
    """A moved interface is dotted at its old place and marked at its new one; the other end is not marked."""
    steps = tutorial()
    scene = topology_scene(steps["one_moved"], steps["pair"])
    marks = [rect.box for rect in rects(scene, "halo")]

    assert [word for word in words(scene) if word in ("− gone", "+ new", "~ changed")] == ["− gone", "+ new"]
    assert [scene.placement.interfaces[End("test1", "veth-test1")].grown(4)] == marks
    assert next(r for r in rects(scene, "interface") if r.part == "interface host/veth-test1").dash == (1.5, 4)
    assert len(lines(scene, "cable")) == 1


def test_a_deleted_pair_leaves_a_dotted_cable():
    """Both ends of a deleted pair are marked as gone, and their cable is dotted."""
    steps = tutorial()
    scene = topology_scene(steps["namespaces"], steps["pair"])

    assert words(scene).count("− gone") == 2
    assert {(1.5, 4)} == {line.dash for line in lines(scene, "cable")}


def test_lo_and_forwarding_are_marked_too():
    """A change of `lo` or of forwarding is marked where the picture shows it."""
    before = typed("a/x - b/x", namespaces=["c"])
    lo = changed(before, "c", "lo", flags=("LOOPBACK", "UP", "LOWER_UP"), operstate="UNKNOWN")
    forwards = Network({**before.namespaces, "a": replace(before.namespaces["a"], ip_forward=True)})

    assert "~ changed" in words(topology_scene(lo, before))
    assert "+ ip_forward = 1" in words(topology_scene(forwards, before))


def test_routes_with_a_gateway_are_written_in_their_namespace():
    """A namespace shows its routes with a gateway, marked when added or removed, but not the kernel's own routes."""
    before = typed(INSIDE)
    after = typed(INSIDE, gateways={"test1": "192.168.1.2"})
    own = Route("192.168.1.0/24", dev="veth-test1", protocol="kernel", scope="link")
    namespace = replace(after.namespaces["test1"], routes=(*after.namespaces["test1"].routes, own))
    after = Network({**after.namespaces, "test1": namespace})

    assert "default via 192.168.1.2" in words(topology_scene(after))
    assert "+ default via 192.168.1.2" in words(topology_scene(after, before))
    assert "− default via 192.168.1.2" in words(topology_scene(before, after))
    assert not any("192.168.1.0/24" in each for each in words(topology_scene(after)))


def test_a_router_has_crossed_arrows_and_names_its_subnets():
    """A namespace that forwards packets is called a router, and a label on each cable names the subnet of both ends."""
    scene = topology_scene(router())

    assert {"router", "ip_forward = 1", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"} <= set(words(scene))


def test_a_container_is_a_crate_with_its_name_and_image():
    """A container is drawn with two slats, its name, and its image's name without the registry."""
    scene = topology_scene(containers())
    namespace = scene.placement.namespaces["busybox_2"]
    inside = [line for line in lines(scene, "") if namespace.x < line.points[0].x < namespace.right]
    slats = [
        line for line in inside if line.points[0].x == line.points[1].x and line.points[0].y > namespace.bottom - 40
    ]

    assert 2 == len(slats)
    assert {"busybox_1", "busybox", "busybox_2", "busybox:1.37"} <= set(words(scene))
    assert (
        "busybox_2: a container of the image registry.lab/tools/busybox:1.37; eth0, 172.17.0.3/16" in scene.description
    )


def test_a_container_is_called_by_its_own_name():
    """The picture shows a container's own name, even if the lab has to use `container:NAME` because of a namespace."""
    network = typed(namespaces=["web"]).namespaces
    two = inhabited(typed(namespaces=["container:web"]), {"container:web": "busybox"})
    tenant = two.namespaces["container:web"]
    tenant = replace(tenant, container=replace(tenant.container, name="web"))
    scene = topology_scene(Network({**network, "container:web": tenant}))

    assert 2 == words(scene).count("web")


def test_two_containers_fit_beside_the_lesson():
    """The picture of two containers can shrink to 372 pixels, the width beside the lesson panel."""
    network = typed(
        "veth0a87245 - busybox_1/eth0",
        "vethabf8073 - busybox_2/eth0",
        bridges={"docker0": "veth0a87245 vethabf8073"},
        addresses={"docker0": "172.17.0.1/16", "busybox_1/eth0": "172.17.0.2/16", "busybox_2/eth0": "172.17.0.3/16"},
        gateways={"busybox_1": "172.17.0.1", "busybox_2": "172.17.0.1"},
        routers=["host"],
    )
    scene = topology_scene(inhabited(network, {"busybox_1": "busybox", "busybox_2": "busybox"}))

    assert min_width(scene.width) <= 372
    assert [] == colliding(scene)


def test_a_name_that_a_container_got_is_marked():
    """A name given to a container's namespace is shown as its path, with + or − when it is added or removed."""
    with_name, without = containers({"busybox_1": "web"}), containers()

    assert "/run/netns/web" in words(topology_scene(with_name))
    assert {"+", "/run/netns/web"} <= set(words(topology_scene(with_name, without)))
    assert {"−", "/run/netns/web"} <= set(words(topology_scene(without, with_name)))
    assert not {"+", "−"} & set(words(topology_scene(with_name)))
    assert "busybox_1: a container of the image busybox; /run/netns/web; eth0" in topology_scene(with_name).description


def test_a_cable_into_a_namespace_without_a_name_ends_in_a_dotted_namespace():
    """A cable to an unknown namespace ends in a dotted namespace with the label "no name" and the peer's ifindex."""
    scene = topology_scene(changed(typed("a/x - b/y"), "a", "x", peer=None, peer_ifindex=7, link_netnsid=0))

    assert {"no name", "@if7"} <= set(words(scene))
    assert "to a namespace without a name" in scene.description


def test_a_link_without_a_peer_is_drawn():
    """A link of any kind has a socket, with its kind."""
    dummy = Link("d0", 5, "dummy", "02:00:00:00:00:05", 1500, "UNKNOWN", UP, ("10.9.9.9/32",))
    scene = topology_scene(Network({"host": Namespace("host", (LO, dummy))}))

    assert {"d0", "UNKNOWN  dummy", "10.9.9.9/32"} <= set(words(scene))


def test_every_address_that_somebody_gave_is_shown():
    """All addresses of an interface are shown, except link-local ones, which the kernel adds."""
    addresses = {"a/x": "10.0.0.1/24 10.0.1.1/24 2001:db8::1/64 fe80::1/64", "b/y": "fe80::2/64"}
    scene = topology_scene(typed("a/x - b/y", addresses=addresses))

    assert {"10.0.0.1/24", "10.0.1.1/24", "2001:db8::1/64", "only link-local"} <= set(words(scene))
    assert "fe80::1/64" not in words(scene)


def test_a_port_without_a_bridge_in_sight_is_a_socket():
    """A port whose master is not in the picture is drawn as an ordinary socket."""
    network = changed(typed("a/x - b/y"), "a", "x", master="bond0")

    assert {"interface a/x", "interface b/y"} == {rect.part for rect in rects(topology_scene(network), "interface")}


def test_names_are_never_cut():
    """Names of interfaces and namespaces are shown whole, however long they are."""
    long = "n" * 64
    scene = topology_scene(typed(f"{long}/veth-test-15-xx - b/y"))

    assert {long, "veth-test-15-xx"} <= set(words(scene))


def test_a_hundred_namespaces_are_four_stacks():
    """A stack has one dot for each namespace, names those that differ, and marks those that this cell changed."""
    before = on_bridges("cdef", 25)
    after = on_bridges("cdef", 25, down=["c07/eth0"])
    scene = topology_scene(after, before)
    dots = [shape for shape in scene.shapes if isinstance(shape, Dot) and shape.radius == 5]

    assert len([rect for rect in rects(scene, "namespace") if rect.part.startswith("namespace /")]) == 4
    assert {"c01 … c25", "25 ports", "25 ×", "all 25 UP", "~ c07"} <= set(words(scene))
    assert len(dots) == 100 + 4 + 4
    assert "c07 DOWN" in scene.description


def test_what_changed_is_named_though_it_looks_like_the_rest():
    """A namespace with a changed address is drawn outside its stack, although its state is like the others'."""
    before = on_bridges("c", 8)
    address = ("10.0.1.13/24", "10.9.9.9/24")
    scene = topology_scene(changed(before, "c3", "eth0", addresses=address), before)

    assert "~ c3" in words(scene)
    assert "c3 UP" in scene.description
    assert "~ c4" not in words(scene)


def test_six_on_a_bridge_are_drawn_and_seven_are_a_stack():
    """Up to six namespaces on a bridge, and twelve in all, are drawn one by one; more become a stack."""
    assert len(rects(topology_scene(on_bridges("ab", 6)), "namespace")) == 12 + 1
    assert len(rects(topology_scene(on_bridges("a", 7)), "namespace")) == 1 + 1
    assert len(rects(topology_scene(typed(namespaces=[f"n{i}" for i in range(13)])), "namespace")) == 1 + 1


def test_a_stack_says_that_it_can_be_opened_where_it_can():
    """Only a live picture offers to open stacks; of an opened stack each namespace is drawn."""
    network = on_bridges("cd", 8)
    still, live, opened = (topology_scene(network, opened=which) for which in (None, "", "/br-c"))

    assert "show 8 ▸" not in words(still)
    assert 2 == words(live).count("show 8 ▸")
    assert {"c1 … c8", "c1", "c2", "c8", "d1 … d8"} <= set(words(opened))
    assert 1 == words(opened).count("show 8 ▸")
    assert [f"c{n}" for n in range(1, 9)] == list(opened.placement.order.diagram.opened)


def test_each_shape_is_said_to_be_part_of_something_drawn():
    """Each shape belongs to a namespace, to an interface, or, if it is part of a cable, to neither."""
    scene = topology_scene(on_bridges("ab", 6), opened="")
    placed = scene.placement
    names = {f"namespace {name}" for name in placed.namespaces} | {
        f"interface {e.netns}/{e.ifname}" for e in placed.interfaces
    }

    parts = [(part, shape) for part, shapes in parts_of(placed) for shape in shapes]

    assert list(scene.shapes) == [shape for _part, shape in parts]
    assert names | {""} == {part for part, _shape in parts}
    assert all(
        shape.part == part
        for part, shape in parts
        if isinstance(shape, Rect) and shape.part.startswith(("namespace ", "interface "))
    )


def test_many_containers_of_one_image_are_a_stack():
    """Many containers of one image are a stack; one of another image, and a namespace made by hand, are not in it."""
    boxes = on_bridges("a", 9)
    names = [name for name in boxes.namespaces if name != "host"]
    scene = topology_scene(inhabited(boxes, dict.fromkeys(names[:7], "busybox") | {names[7]: "nginx"}))

    assert {"a1 … a7", "busybox", "a8", "nginx", "a9"} <= set(words(scene))
    assert "a2" not in words(scene)


def test_at_most_four_that_differ_are_named():
    """A stack names at most four namespaces that differ, and says how many more there are."""
    down = [f"a{i:02}/eth0" for i in range(1, 8)]
    scene = topology_scene(on_bridges("a", 20, down=down))

    assert "and 3 more" in words(scene)


def test_a_picture_says_in_words_what_it_shows():
    """The text alternative has the changes first, then each namespace."""
    steps = tutorial()

    assert topology_scene(steps["one_moved"], steps["pair"]).description == (
        "Moved: veth-test1 from host to test1. host: veth-test2, DOWN, to veth-test1 in test1; lo DOWN. "
        "test1: veth-test1, DOWN, to veth-test2 in host; lo DOWN. test2: lo DOWN."
    )


def test_every_text_says_something():
    """No text of a picture is empty."""
    assert [text for text in texts(topology_scene(on_bridges("ab", 6))) if not text.words.strip()] == []
    assert {Rect, Line, Dot, Text} == {type(shape) for shape in topology_scene(router()).shapes}


@pytest.mark.parametrize(
    ("place", "around", "said"),
    [
        (Place("test2", "veth-test2"), "interface test2/veth-test2", "Broken here: veth-test2 in test2."),
        (Place("test2", "lo"), "namespace test2", "Broken here: lo in test2."),
        (Place("test1"), "namespace test1", "Broken here: test1."),
    ],
)
def test_a_broken_place_has_a_sign_and_words(place, around, said):
    """A broken place gets a frame and a label; the text alternative begins with it, and nothing else changes."""
    network = tutorial()["one_up"]
    whole, marked = topology_scene(network), topology_scene(network, broken=place)
    added = [shape for shape in marked.shapes if shape not in whole.shapes]

    assert [rect.part for rect in added if isinstance(rect, Rect)] == ["halo", "badge"]
    assert [text.words for text in added if isinstance(text, Text)] == ["× broken here"]
    parts = parts_of(marked.placement, place)
    assert {part for part, shapes in parts for shape in shapes if shape in added} == {around}
    assert marked.description.startswith(said)
    assert [shape for shape in marked.shapes if shape in whole.shapes] == list(whole.shapes)


def test_a_broken_place_elsewhere_marks_nothing():
    """A broken place that is not in the picture marks nothing."""
    network = tutorial()["one_up"]
    assert topology_scene(network, broken=Place("gone", "eth0")).shapes == topology_scene(network).shapes


@pytest.mark.parametrize("place", [Place("a07", "eth0"), Place("host", "va07")])
def test_a_broken_place_stands_in_no_stack(place):
    """Of 25 namespaces on a bridge the one with a broken cable is drawn outside the stack, whichever end is broken."""
    scene = topology_scene(on_bridges("a", 25), broken=place)

    assert {"a07", "a01 … a25", "24 ports", "× broken here"} <= set(words(scene))


def test_no_space_between_chinese_letters(monkeypatch):
    """In Chinese a namespace's name has spaces around it, and the Chinese word for the host has none."""
    monkeypatch.setenv("NSLAB_LANG", "zh")
    link = veth("a", 3, End(HOST, "b"), 2)

    assert "对端是宿主机里的 b" in describe_link("test1", link)
    assert "对端是 test2 里的 b" in describe_link("test1", replace(link, peer=End("test2", "b")))
