"""The picture of a journey: a lifeline for each interface, an arrow for each packet, a mark for a loss."""

from dataclasses import replace

import pytest

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.sentences_probes import cause
from nslab_kernel.display.shown_probes import journey_picture
from nslab_kernel.display.svg import document
from nslab_kernel.display.text import plain
from nslab_kernel.model.diagnosis import INTERFACE, NEIGHBOUR, PASSAGE, Finding, Place
from nslab_kernel.model.journey_result import (
    ANSWER,
    ANSWERED,
    ASK,
    DESTINATION,
    FORWARDED,
    REPLY,
    REQUEST,
    SILENT,
    SOURCE,
    Journey,
    Sighting,
    Step,
)
from nslab_kernel.model.network import End
from nslab_kernel.model.results import Listing
from nslab_kernel.scene.shapes import Text
from tests.networks import bridged, two_namespaces
from tests.unit.scene.sketches import words

ONE, TWO = End("test1", "veth-test1"), End("test2", "veth-test2")
BOX, LAB, OTHER = End("box1", "eth0"), End("host", "lab0"), End("box2", "eth0")


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
    seen = Sighting(0, ONE, "out", ASK, "192.168.1.1", "192.168.1.9", None, "who-has 192.168.1.9", "ff:ff:ff:ff:ff:ff")
    finding = Finding("nobody_has", NEIGHBOUR, Place(*ONE), "192.168.1.9", "", (), "192.168.1.9")
    proof = Listing("ip netns exec test1 ip neigh show 192.168.1.9 dev veth-test1", "192.168.1.9 INCOMPLETE")
    steps = (Step(ASK, 0, ONE, TWO, "who-has 192.168.1.9"),)
    found = Journey(
        "192.168.1.9", "test1", None, "ping", two_namespaces(), SILENT, "", steps, (ONE, TWO), (seen,), seen
    )
    return replace(found, finding=finding, proof=proof)


def without_carrier():
    seen = Sighting(0, BOX, "out", REQUEST, "172.18.0.11", "172.18.0.12", 64, "echo request", "02:00:00:00:00:02")
    finding = Finding("no_carrier", INTERFACE, Place("host", "veth2"), "LOWER_UP", "NO-CARRIER", (), "veth2", OTHER)
    proof = Listing(
        "ip link show dev veth2", "4: veth2@if2: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue"
    )
    steps = (Step(REQUEST, 0, BOX, LAB, "echo request"),)
    found = Journey("172.18.0.12", "box1", None, "ping", bridged(), SILENT, "", steps, (BOX, LAB), (seen,), seen)
    return replace(found, finding=finding, proof=proof)


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


@pytest.mark.parametrize("journey", [answered(), lost(), without_carrier(), rewritten()], ids=str)
def test_everything_is_inside_and_no_words_collide(journey):
    """All texts are within the picture, and no two overlap."""
    scene = journey_picture(journey)
    boxes = [shape.box for shape in scene.shapes if isinstance(shape, Text)]

    for box in boxes:
        assert 0 <= box.x
        assert box.right <= scene.width
        assert box.bottom <= scene.height
    for number, a in enumerate(boxes):
        for b in boxes[number + 1 :]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y


def test_each_packet_has_its_arrow_and_time():
    """Packets are drawn in order, with their time in microseconds at the left."""
    found = words(journey_picture(answered()))

    assert ["0 µs", "16", "19", "29"] == [word for word in found if word.split()[0].isdigit()]
    assert "who-has 192.168.1.2" in found
    assert "echo reply" in found


def test_a_loss_says_what_the_kernel_says():
    """Below the last sighting are its meaning, the cause, and the kernel's output as proof."""
    scene = journey_picture(lost())

    why = "test1 looks for 192.168.1.9, and no interface in the lab has it."
    assert ["nobody answers", why, "192.168.1.9 INCOMPLETE"] == words(scene)[-3:]
    assert f"Seen last at veth-test1 (test1): nobody answers. {why}" in scene.description


def test_a_cable_without_carrier_is_named_by_both_ends():
    """The line of `ip link` is too long for the picture, which has only the sentence about the cable."""
    found = words(journey_picture(without_carrier()))

    why = "The cable between veth2 on the host and eth0 in box2 has no carrier."
    assert ["the request was not seen again", why] == found[-2:]


def test_where_only_questions_were_seen_it_is_not_said_that_nothing_was():
    """If only ARP was seen and the packet itself never left, the text does not say that nothing was seen."""
    finding = Finding("filter_drop", PASSAGE, Place("test1", "", "netdev t c: drop"), "accept", "drop")
    found = replace(answered(), outcome=SILENT, finding=finding, sightings=answered().sightings[:1])

    assert "No answer. A rule of the packet filter in test1 stops the packet" in bundle(found)["text/plain"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_long_cause_has_several_lines(language, monkeypatch):
    """A long cause is wrapped completely into lines that fit, and no line begins with Chinese punctuation."""
    monkeypatch.setenv("NSLAB_LANG", language)
    rule = (
        "ip filter FORWARD: ip saddr 10.0.1.0/24 ip daddr 10.0.2.0/24 meta l4proto icmp counter packets 1 bytes 84 drop"
    )
    finding = Finding("filter_drop", PASSAGE, Place("box1", "", rule), "accept", rule, (), "172.18.0.12")
    found = replace(without_carrier(), finding=finding, proof=None)
    scene = journey_picture(found)
    lines = [shape for shape in scene.shapes if isinstance(shape, Text) and shape.size == 11 and not shape.mono]

    assert len(lines) > 1
    assert plain(cause(found)).replace(" ", "") == "".join(line.words for line in lines).replace(" ", "")
    assert all(line.words in plain(cause(found)) for line in lines)
    assert all(8 <= line.box.x and line.box.right <= scene.width - 8 for line in lines)
    assert not any(line.words.startswith(("，", "。", "：")) for line in lines)


def test_rewriting_is_told_both_ways():
    """A rewritten source address and its restoration in the reply are both shown."""
    found = words(journey_picture(rewritten()))

    assert "source address rewritten" in found
    assert "destination put back" in found
    assert "172.18.0.11 → 172.18.0.1" in found


def test_the_same_in_words():
    """The text alternative has each step, and the plain text the outcome."""
    assert (
        "16 µs, veth-test2 (test2) to veth-test1 (test1): is-at 02:00:00:00:00:02."
        in journey_picture(answered()).description
    )
    assert "Answered in 30 µs." in bundle(answered())["text/plain"]
    assert "test1 asked on the cable who has 192.168.1.9, and nobody answered." in bundle(lost())["text/plain"]


def test_same_value_same_bytes():
    """The same journey gives the same SVG."""
    assert document(journey_picture(answered())) == document(journey_picture(answered()))
