"""A journey as a picture: one lifeline an interface, one arrow a packet, what was lost marked."""

import pytest

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.svg import svg
from nslab_kernel.model.journey_result import (
    ANSWER,
    ANSWERED,
    ASK,
    DESTINATION,
    FORWARDED,
    NO_CARRIER,
    NO_NEIGHBOUR,
    REPLY,
    REQUEST,
    SILENT,
    SOURCE,
    Journey,
    Loss,
    Sighting,
    Step,
)
from nslab_kernel.model.network import End
from nslab_kernel.scene.journey_scene import journey_scene
from nslab_kernel.scene.shapes import Text
from tests.networks import bridged, two_namespaces

ONE, TWO = End("test1", "veth-test1"), End("test2", "veth-test2")
BOX, LAB, OTHER = End("box1", "eth0"), End("host", "lab0"), End("box2", "eth0")


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("NSLAB_LANG", "en")


def answered():
    steps = (
        Step(ASK, 0, ONE, TWO, "who-has 192.168.1.2"),
        Step(ANSWER, 16, TWO, ONE, "is-at 02:00:00:00:00:02"),
        Step(REQUEST, 19, ONE, TWO, "echo request"),
        Step(REPLY, 29, TWO, ONE, "echo reply"),
    )
    seen = (
        Sighting(0, ONE, "out", ASK, "192.168.1.1", "192.168.1.2", None, "who-has 192.168.1.2"),
        Sighting(30, ONE, "in", REPLY, "192.168.1.2", "192.168.1.1", 64, "echo reply"),
    )
    network = two_namespaces()
    return Journey("192.168.1.2", "test1", None, "ping", network, ANSWERED, "", steps, (ONE, TWO), seen)


def lost():
    loss = Loss(
        ONE, "out", ASK, "ip netns exec test1 ip neigh show 192.168.1.9 dev veth-test1", "192.168.1.9 INCOMPLETE",
        NO_NEIGHBOUR, addr="192.168.1.9",
    )  # fmt: skip
    steps = (Step(ASK, 0, ONE, TWO, "who-has 192.168.1.9"),)
    return Journey("192.168.1.9", "test1", None, "ping", two_namespaces(), SILENT, "", steps, (ONE, TWO), (), loss)


def without_carrier():
    loss = Loss(BOX, "out", REQUEST, "ip link show dev veth2", "4: veth2", NO_CARRIER, (End("host", "veth2"), OTHER))
    steps = (Step(REQUEST, 0, BOX, LAB, "echo request"),)
    return Journey("172.18.0.12", "box1", None, "ping", bridged(), SILENT, "", steps, (BOX, LAB), (), loss)


def rewritten():
    steps = (
        Step(REQUEST, 0, BOX, LAB, "echo request"),
        Step(FORWARDED, 40, LAB, LAB, "", "64", "63"),
        Step(SOURCE, 40, LAB, LAB, "", "172.18.0.11", "172.18.0.1"),
        Step(REQUEST, 40, LAB, OTHER, "echo request"),
        Step(REPLY, 60, OTHER, LAB, "echo reply"),
        Step(DESTINATION, 70, LAB, LAB, "", "172.18.0.1", "172.18.0.11"),
        Step(REPLY, 70, LAB, BOX, "echo reply"),
    )
    return Journey("172.18.0.12", "box1", None, "ping", bridged(), ANSWERED, "", steps, (BOX, LAB, OTHER))


def words(scene):
    return [shape.words for shape in scene.shapes if isinstance(shape, Text)]


@pytest.mark.parametrize("journey", [answered(), lost(), without_carrier(), rewritten()], ids=str)
def test_everything_is_inside_and_no_words_collide(journey):
    """All words are within the picture, and no two overlap."""
    scene = journey_scene(journey)
    boxes = [shape.box for shape in scene.shapes if isinstance(shape, Text)]

    for box in boxes:
        assert 0 <= box.x
        assert box.right <= scene.width
        assert box.bottom <= scene.height
    for number, a in enumerate(boxes):
        for b in boxes[number + 1 :]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y


def test_each_packet_has_its_arrow_and_time():
    """Packets are told in order, with microseconds at the left."""
    found = words(journey_scene(answered()))

    assert ["0 µs", "16", "19", "29"] == [word for word in found if word.split()[0].isdigit()]
    assert "who-has 192.168.1.2" in found
    assert "echo reply" in found


def test_a_loss_says_what_the_kernel_says():
    """Below the last sighting stand what it means and the kernel's words."""
    found = words(journey_scene(lost()))

    assert "nobody answers" in found
    assert "192.168.1.9 INCOMPLETE" in found


def test_a_cable_without_carrier_is_named_by_both_ends():
    """The picture has no place for the line of `ip link`; both ends stand there instead."""
    found = words(journey_scene(without_carrier()))

    assert "no carrier: veth2 (host) – eth0 (box2)" in found


def test_rewriting_is_told_both_ways():
    """On the way out an address is rewritten, on the way back it is put back."""
    found = words(journey_scene(rewritten()))

    assert "source address rewritten" in found
    assert "destination put back" in found
    assert "172.18.0.11 → 172.18.0.1" in found


def test_the_same_in_words():
    """The text alternative tells each step; the console does too."""
    assert (
        "16 µs, veth-test2 (test2) to veth-test1 (test1): is-at 02:00:00:00:00:02."
        in journey_scene(answered()).description
    )
    assert "Answered in 30 µs." in bundle(answered())["text/plain"]
    assert "It asked on the cable who has 192.168.1.9, and nobody answered." in bundle(lost())["text/plain"]


def test_same_value_same_bytes():
    """The picture is the same each time."""
    assert svg(journey_scene(answered())) == svg(journey_scene(answered()))
