"""Any name that Linux allows is shown safely in text, HTML, pictures and text alternatives."""

import io
import json
import os
import shlex
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.explain import explain
from nslab_kernel.display.matplotlib_renderer import figure
from nslab_kernel.display.pcap import pcap
from nslab_kernel.display.svg import document
from nslab_kernel.errors import AmbiguousName, NoLink, NoNamespace
from nslab_kernel.jupyter.live_diagram import LiveDiagram
from nslab_kernel.model.comparison import Comparison, Half, Trait
from nslab_kernel.model.diagnosis import PASSAGE, Finding, Place
from nslab_kernel.model.journey_result import REQUEST, SILENT, Journey, Packet, Sighting, Step
from nslab_kernel.model.matrix_result import Direction, MatrixResult, Party
from nslab_kernel.model.network import HOST, End, Link, Namespace, Neighbour, Network, Route
from nslab_kernel.model.results import Change, Listing, PingResult, Topology
from nslab_kernel.scene.topology_scene import topology_scene
from nslab_kernel.spelling import visible
from tests.networks import UP, lo, veth

ODD = ["my ns", "a\x07", os.fsdecode(b"caf\xe9"), '" onerror="alert(1)', "<i>&'", "netns:a", "\u202eabc", "a\u200bb"]
ODD += ["a\nb", "\x1b[31mred", "host ", "{name}", "%s", "a\\x07", "]]>", "\ufffe", "\U000e0041"]
# net/core/dev.c, dev_valid_name(): no slash, colon, white space; the kernel's isspace() knows the byte A0.
NOT_IN_IFNAME = frozenset(b"\0/:\t\n\v\f\r \xa0")
NAMESPACES = st.one_of(
    st.sampled_from(ODD), st.binary(min_size=1, max_size=12).filter(lambda n: not {0, 47} & {*n}).map(os.fsdecode)
)
LINKS = st.one_of(
    st.sampled_from([name for name in ODD if not NOT_IN_IFNAME & {*os.fsencode(name)}]),
    st.binary(min_size=1, max_size=15).filter(lambda name: not NOT_IN_IFNAME & {*name}).map(os.fsdecode),
)
PAIRS = st.lists(NAMESPACES, min_size=2, max_size=2, unique=True).filter(lambda pair: HOST not in pair)
IFNAMES = st.lists(LINKS, min_size=4, max_size=4, unique=True).filter(lambda names: "lo" not in names)


class Page(HTMLParser):
    """The texts, tags and images of a page; checks the attributes."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.images, self.opened = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.opened.append(tag)
        assert not {name for name, _value in attributes if name.startswith("on")} - {"onclick", "onkeydown"}
        if tag == "img":
            assert [*dict(attributes)] == ["alt", "width", "style", "src"]
            self.images.append(dict(attributes))

    def handle_data(self, data):
        self.texts.append(data)


def is_seen(text):
    """Return whether all characters but line ends and tabs are visible; raise an error if UTF-8 cannot encode one."""
    text.encode()
    return visible(text.replace("\n", "").replace("\t", "")) == text.replace("\n", "").replace("\t", "")


def lab(namespaces, ifnames, gone=False):
    """Return two namespaces with a veth pair between them, and a bridge on the host with a port to the first one."""
    one, other = namespaces
    here, there, bridge, port = ifnames
    first = [lo(), veth(here, 2, End(other, there), 3, "10.0.0.1/24"), veth(port, 4, End(HOST, port), 5)]
    second = [lo(), veth(there, 3, End(one, here), 2, "10.0.0.2/24")]
    switch = Link(bridge, 6, "bridge", "02:00:00:00:00:06", 1500, "UP", UP, ("10.1.0.1/24",))
    host = [lo(up=True), veth(port, 5, End(one, port), 4, master=bridge), switch]
    route, neighbour = Route("default", "10.0.0.9", here), Neighbour("10.0.0.2", here, "02:00:00:00:00:03", "STALE")
    return Network(
        {
            HOST: Namespace(HOST, tuple(host)),
            one: Namespace(one, tuple(first), (route,), (neighbour,), also=(other,)),
            **({} if gone else {other: Namespace(other, tuple(second))}),
        }
    )


def values(namespaces, ifnames):
    """Yield values of each kind that contain these names."""
    (one, other), (here, there, *_) = namespaces, ifnames
    network = lab(namespaces, ifnames)
    yield network
    yield Topology(network)
    yield Change("ip netns add a", lab(namespaces, ifnames, gone=True), network)
    yield Change("ip netns del a", network, lab(namespaces, ifnames, gone=True))
    yield from (network.namespaces[one], *network.namespaces[one].links, *network.namespaces[one].routes)
    yield from network.namespaces[one].neighbours
    yield Listing("ip netns", f"{one} (id: 0)\n{other}\n\t{here}\n")
    yield PingResult(
        "10.0.0.2", one, 1, 0, (), None, "ping 10.0.0.2", f"PING {there}\n", reason=f"dev {here} NO-CARRIER"
    )
    start, end = End(one, here), End(other, there)
    step = Step(REQUEST, 0, start, end, "echo request")
    seen = Sighting(0, end, "in", REQUEST, "10.0.0.1", "10.0.0.2", 64, "echo request")
    frames = (Packet(0, one, here, "out", b"\0" * 60),)
    journey = Journey("10.0.0.2", one, None, "ping", network, SILENT, "", (step,), (start, end), (seen,), seen, frames)
    finding = Finding("filter_drop", PASSAGE, Place(other, there, f"ip {one} c: drop"), "accept", "drop")
    yield replace(journey, finding=finding, proof=Listing(f"ip link show dev {there}", f"2: {there}: <UP>"))
    parties = Party(one, here, "10.0.0.1"), Party(other, there, "10.0.0.2")
    yield MatrixResult(parties, (Direction(*parties, errno=101, said="no"), Direction(*parties[::-1])))
    halves = Half((one,), network), Half((other,), network)
    yield Comparison(*halves, (Trait("peer", (here,), (there,), False, (one, other)),), ((one, other),), "Docker")
    yield NoNamespace(one, [other])
    yield NoLink(here, one, [there], [other])
    yield AmbiguousName(one, [f"netns:{one}"])


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(PAIRS, IFNAMES)
def test_every_value_is_seen_and_nothing_in_it_acts(namespaces, ifnames):
    """No text, HTML or picture has an invisible character, SVG is XML, and no name makes a tag or an attribute."""
    for value in values(namespaces, ifnames):
        looks = bundle(value)
        assert is_seen(looks["text/plain"])
        if "text/html" in looks:
            page = Page(looks["text/html"])
            assert is_seen(looks["text/html"])
            assert "i" not in page.opened
            for image in page.images:
                picture = unquote(image["src"].partition(",")[2])
                assert is_seen(picture)
                assert "svg" == ET.fromstring(picture).tag.partition("}")[2]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PAIRS, IFNAMES)
def test_a_picture_has_each_name(namespaces, ifnames):
    """The drawing and its text alternative have each name in its visible spelling."""
    scene = topology_scene(lab(namespaces, ifnames))
    root = ET.fromstring(document(scene))

    drawn = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    for name in (*namespaces, *ifnames):
        assert visible(name) in drawn
        assert visible(name) in scene.description


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(PAIRS, IFNAMES)
def test_a_live_picture_can_be_sent(namespaces, ifnames):
    """A live picture can be encoded as JSON in UTF-8, and each part of it has an id of its own."""
    picture = LiveDiagram().draw(lab(namespaces, ifnames), None)

    json.dumps(picture, ensure_ascii=False).encode()
    parts = [part for namespace in picture["namespaces"] for part in (namespace, *namespace["interfaces"])]
    assert len(parts) == len({part["id"] for part in parts}) == 3 + 5
    assert all(is_seen(part["label"]) for part in parts)


def test_a_figure_has_odd_names():
    """A figure with odd names can be saved, and shows their visible spelling."""
    scene = topology_scene(
        lab(("a\x07", os.fsdecode(b"caf\xe9")), ("$x^2$", "\u202e", "\x1b[1m", os.fsdecode(b"\xff")))
    )

    made, png = figure(scene), io.BytesIO()
    made.savefig(png, format="png")
    assert png.getvalue().startswith(b"\x89PNG")
    written = [text.get_text() for text in made.axes[0].texts]
    assert {r"a\x07", r"caf\xe9", "$x^2$", r"\u202e", r"\x1b[1m", r"\xff"} <= {*written}


def test_a_name_is_as_wide_as_it_is_spelled():
    """An interface's box is as wide as the visible spelling of its name."""
    name = "\u202e" * 5
    scene = topology_scene(lab(("a", "b"), (name, "eth1", "br0", "p0")))

    text = next(shape for shape in scene.shapes if getattr(shape, "words", "") == r"\u202e" * 5)
    box = next(shape.box for shape in scene.shapes if getattr(shape, "part", "").endswith(visible(name)))
    assert box.x <= text.box.x < text.box.right <= box.right


def test_quotation_marks_end_no_attribute():
    """A quotation mark in a name does not end the `alt` attribute."""
    before = lab(("a", "b"), ("eth0", "eth1", "br0", "p0"))
    name = '" onerror="alert(1)'
    after = Network({**before.namespaces, name: Namespace(name, (lo(),))})

    (image,) = Page(bundle(Change("ip netns add", before, after))["text/html"]).images

    assert image["alt"].startswith(f"{name} was created: a network namespace")


def test_a_line_end_in_a_name_makes_no_line():
    """A line end in a namespace's name is shown as \\x0a, so that the name cannot look like another line of output."""
    before = lab(("a", "b"), ("eth0", "eth1", "br0", "p0"))
    name = "x\n$ rm -rf /"
    change = Change("ip netns add x", before, Network({**before.namespaces, name: Namespace(name, (lo(),))}))

    spelled = r"x\x0a$ rm -rf /"

    lines = bundle(change)["text/plain"].splitlines()
    assert f"{spelled} was created: a network namespace, with a lo of its own." in lines
    assert f"+ {spelled}" in lines
    assert spelled in bundle(change.after)["text/plain"].splitlines()
    assert f"{spelled} was created" in "".join(Page(bundle(change)["text/html"]).texts)
    assert f"There are: {spelled}." in str(NoNamespace("y", [name]))
    assert f"{spelled} has no interface" in str(NoLink("eth0", name))


def test_a_shown_command_is_spelled_for_the_shell():
    """A shown command quotes a control character as bash reads it, so that the copied command has the same name."""
    change = Change(shlex.join(["ip", "netns", "del", "a\x07"]), Network(), Network())

    line = r"$ ip netns del $'a\x07'"
    assert line == bundle(change)["text/plain"].splitlines()[0]
    assert line in "".join(Page(bundle(change)["text/html"]).texts)


def test_what_is_offered_names_what_is_meant():
    """Suggested lines of Python contain odd names quoted so that the lines run."""
    name = 'my "ns"\x07'
    network = lab((name, "b"), ("eth0", "eth1", "br0", "p0"))
    journey = Journey("10.0.0.2", name, None, "ping", network, SILENT, packets=(Packet(0, name, "eth0", "out", b""),))

    offered = Page(bundle(journey)["text/html"]).texts
    line = next(text for text in offered if text.startswith("pcap_save("))

    asked = eval(line, {"journey": lambda dst, netns: (dst, netns), "pcap_save": lambda journey: journey})
    assert ("10.0.0.2", name) == asked
    assert name in eval(NoLink("eth9", "a", (), [name]).try_, {"link_show": lambda netns: netns})


def test_saved_packets_name_their_interface():
    """In pcapng a name that is not UTF-8 is written in its visible spelling, because pcapng allows only UTF-8."""
    packet = Packet(0, os.fsdecode(b"caf\xe9"), "eth0", "out", b"\0" * 60)

    assert rb"caf\xe9/eth0" in pcap([packet])


def test_words_in_a_quoted_namespace_are_explained():
    """Output of a command that quotes a namespace's name is explained like that of any other command."""
    text = "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN\n"

    assert explain("ip netns exec 'my ns' ip link", text) == explain("ip netns exec my ip link", text) != ()
    assert explain("ip -n 'my ns' link", text) == explain("ip -n my link", text) != ()
    word = explain("ip netns", "my ns (id: 0)")[0]
    assert (0, len("my ns")) == (word.start, word.end)


def test_columns_stay_below_each_other():
    """The columns of the text sketch are aligned by the width of the visible spellings."""
    lines = bundle(lab(("a", "b"), ("\u202e\u202e", "eth1", "br0", "p0")))["text/plain"].splitlines()

    assert {line.index("UP") for line in lines if " UP " in line} == {2 + len(r"\u202e\u202e") + 2 + 1}


def test_two_names_that_look_the_same_are_two():
    """A name with a control character and a name that equals its spelling are two namespaces with different ids."""
    names = ("a\x07", r"a\x07")
    network = lab(names, ("eth0", "eth1", "br0", "p0"))

    namespaces = [namespace["id"] for namespace in LiveDiagram().draw(network, None)["namespaces"]]
    assert 3 == len(set(namespaces))
