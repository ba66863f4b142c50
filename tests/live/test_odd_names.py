"""Names that the real `ip` accepts and nslab's functions refuse: each is shown."""

import json
import os
import subprocess
import xml.etree.ElementTree as ET
from urllib.parse import unquote

import pytest
from markupsafe import escape

from nslab_kernel import netns_list, snapshot, topology
from nslab_kernel.display.bundle import bundle
from nslab_kernel.jupyter.live_details import details_of
from nslab_kernel.jupyter.live_diagram import LiveDiagram
from nslab_kernel.spelling import visible

NAMESPACES = [
    b"my ns",
    b"a\x07",
    b"caf\xe9",
    b'" onerror="alert(1)',
    b"<b>&'",
    b"netns:a",
    b"\xe2\x80\xaeabc",
    b"a\nb",
    b"{0}",
]
LINKS = [b"p\x07", b"\x1b[31m", b"\"<i>&'", b"\xe2\x80\xaeb", b"{0}"]


def is_seen(text):
    return all(visible(line) == line for line in text.replace("\t", "").split("\n"))


def pictured(html):
    return ET.fromstring(unquote(html.partition("data:image/svg+xml,")[2].partition('"')[0]))


@pytest.fixture
def odd():
    """Make all of these names with `ip` alone."""
    for name in NAMESPACES:
        subprocess.run([b"ip", b"netns", b"add", name], check=True)
    for number, name in enumerate(LINKS):
        inside = [b"netns", NAMESPACES[number], b"name", name]
        subprocess.run([b"ip", b"link", b"add", name, b"type", b"veth", b"peer", *inside], check=True)


def test_what_ip_made_is_shown(odd):
    """The text, the HTML with its well-formed picture, and the picture's alt text show every name visibly."""
    looks = bundle(topology())

    assert "image/png" not in looks
    assert is_seen(looks["text/plain"])
    assert is_seen(looks["text/html"])
    pictured(looks["text/html"])  # well-formed
    alternative = looks["text/html"].partition('alt="')[2].partition('"')[0]
    for name in map(os.fsdecode, NAMESPACES + LINKS):
        assert visible(name) in looks["text/plain"]
        assert escape(visible(name)) in alternative


def test_what_a_program_writes_is_shown(odd):
    """`ip netns` writes control characters as they are, and the output shows them visibly."""
    looks = bundle(netns_list())

    assert is_seen(looks["text/plain"])
    assert is_seen(looks["text/html"])
    assert r"a\x07" in looks["text/plain"]


def test_each_can_be_pointed_at(odd):
    """Each part of the live picture has a unique id that JSON can carry, and a card about it."""
    network = snapshot()

    picture = LiveDiagram().draw(network, None)

    json.dumps(picture, ensure_ascii=False).encode()
    parts = [part["id"] for namespace in picture["namespaces"] for part in (namespace, *namespace["interfaces"])]
    assert len(NAMESPACES) + 1 + 2 * len(LINKS) == len(set(parts))
    cards = [details_of(part, network) for part in parts]
    assert [] == [card.title for card in cards if not card.actions or not is_seen(card.title + card.html)]
