"""The shown state of an interface, which follows one rule everywhere."""

from dataclasses import replace
from itertools import product

import pytest

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.shown_network import network_text
from nslab_kernel.model.network import Network
from nslab_kernel.scene.state_style import state_of
from nslab_kernel.scene.topology_scene import topology_scene
from tests.networks import two_namespaces
from tests.unit.scene.sketches import rects, texts

OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
ALL = [*product((False, True), (False, True), OPERSTATES)]
TOKENS = {"up": "up", "wait": "wait", "down": "line"}


def link(up, carrier, operstate):
    """Return a veth with these flags and this state; `ip` adds NO-CARRIER to a link that is up without carrier."""
    flags = [*(["NO-CARRIER"] if up and not carrier else []), "BROADCAST", "MULTICAST"]
    flags += [*(["UP"] if up else []), *(["LOWER_UP"] if carrier else [])]
    return replace(two_namespaces().link("veth-test1", "test1"), flags=tuple(flags), operstate=operstate)


@pytest.mark.parametrize(("up", "carrier", "operstate"), ALL)
def test_flags_decide(up, carrier, operstate):
    """Without UP a link is down, without LOWER_UP it waits, with both it is up, unless it is DORMANT or TESTING."""
    look, word = state_of(link(up, carrier, operstate))

    held = operstate in ("DORMANT", "TESTING")
    assert look == ("down" if not up else "wait" if not carrier or held else "up")
    assert word in {"down": {"DOWN"}, "up": {"UP", "UNKNOWN"}}.get(look, {"NO-CARRIER", *OPERSTATES} - {"UP", "DOWN"})


def test_what_waits_says_for_what():
    """A waiting link shows the operstate, or NO-CARRIER if the operstate is UNKNOWN or contradicts the flags."""
    waiting = {operstate: state_of(link(True, False, operstate)).label for operstate in OPERSTATES}

    assert {"UNKNOWN", "DOWN", "UP"} == {operstate for operstate, word in waiting.items() if word == "NO-CARRIER"}
    assert all(operstate == word for operstate, word in waiting.items() if word != "NO-CARRIER")


@pytest.mark.parametrize(("up", "carrier", "operstate"), ALL)
def test_picture_table_and_words_say_the_same(up, carrier, operstate, monkeypatch):
    """The socket's border and word, the table, the text sketch and the text alternative show the same state."""
    monkeypatch.setenv("NSLAB_LANG", "en")
    odd, namespaces = link(up, carrier, operstate), two_namespaces().namespaces
    ends = tuple(odd if each.ifname == odd.ifname else each for each in namespaces["test1"].links)
    network = Network({**namespaces, "test1": replace(namespaces["test1"], links=ends)})
    look, word = state_of(odd)

    scene = topology_scene(network)
    border = next(rect for rect in rects(scene, "interface") if rect.part == "interface test1/veth-test1")
    assert TOKENS[look] == border.stroke
    assert word in [text.words for text in texts(scene) if border.box.x < text.x < border.box.right]
    assert f"veth-test1, 192.168.1.1/24, {word}, to" in scene.description
    assert f"<td>veth-test1</td><td>{word}</td>" in bundle(network)["text/html"]
    assert word == next(line.split()[1] for line in network_text(network).splitlines() if "veth-test1 " in line)
