"""The HTML of values, in a trusted notebook, an untrusted one and an exported page."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from nslab_kernel.display.bundle import FORMS, bundle
from nslab_kernel.display.html import command_line, details, output, page, paragraph, row, table
from nslab_kernel.display.shown_change import change_page
from nslab_kernel.display.shown_results import listing_page
from nslab_kernel.display.style_sheets import sheet_for
from nslab_kernel.errors import NoNamespace
from nslab_kernel.model.journey_result import ANSWERED, REQUEST, Journey, Step
from nslab_kernel.model.network import End, Link, Namespace, Network
from nslab_kernel.model.results import Change, Check, Doctor, Listing, PingResult, Topology
from tests.networks import bare, before_the_move, bridged, lo, network, one_end_up, two_namespaces

CHANGE = Change("ip netns exec test2 ip link set dev veth-test2 up", one_end_up(), two_namespaces())
LISTING = Listing(
    "ip netns exec test1 ip link", "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN\n    link/loopback\n"
)


class Untrusted(HTMLParser):
    """The text of a page from which styles, scripts and all attributes except `alt` are removed."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.inside, self.opened = [], [], []
        self.feed(page)
        self.text = "".join(self.texts)

    def handle_starttag(self, tag, attributes):
        self.opened.append(tag)
        if tag == "img":
            self.texts.append(dict(attributes)["alt"])
        elif tag != "br":
            self.inside.append(tag)

    def handle_endtag(self, tag):
        assert tag == self.inside.pop()

    def handle_data(self, data):
        if "style" not in self.inside:
            self.texts.append(data)


def test_without_style_a_change_still_reads():
    """Command, sentence, text alternative and the signs of lines remain without styles; the copy button does not."""
    text = Untrusted(bundle(CHANGE)["text/html"]).text

    assert "$ ip netns exec test2 ip link set dev veth-test2 up" in text
    assert text.count("the cable works now.") == 2
    assert "\N{MINUS SIGN} 3: veth-test1@if2: <NO-CARRIER," in text
    assert "+ 3: veth-test1@if2: <BROADCAST," in text
    assert "Copy" not in text


def test_the_kernels_text_is_left_as_it_is():
    """The output box has exactly the program's text; the explanations are in the fold below."""
    page = listing_page(LISTING)
    box = re.search(r'<pre class="nl-output">(.*?)</pre>', page, re.DOTALL)

    assert Untrusted(box[0]).text == LISTING.text
    assert "lo is not switched on" in Untrusted(page).text


def test_columns_stay_columns():
    """Output with table columns is not wrapped but scrolls in a frame; other output is wrapped."""
    table = "CONTAINER ID   IMAGE     NAMES\nc4d2f86b7a10   busybox   busybox_1\n"

    assert f'white-space:pre;margin:0">{table.rstrip()}</pre>' in listing_page(Listing("docker ps -a", table))
    assert '<div class="nl-picture"' not in listing_page(LISTING)


def test_what_scrolls_is_reached_by_keys():
    """A scrolling frame has a tab stop and a name, so that keyboard users can scroll it."""
    table = "CONTAINER ID   IMAGE     NAMES\nc4d2f86b7a10   busybox   busybox_1\n"
    frame = '<div class="nl-picture" tabindex="0" role="group" aria-label="If it is cut off, scroll sideways."'

    assert frame in listing_page(Listing("docker ps -a", table))
    assert frame in bundle(Topology(two_namespaces()))["text/html"]


def test_nothing_that_a_program_writes_is_html():
    """HTML in a program's output or in a command is escaped."""
    page = listing_page(Listing("ip netns exec '<i>' ip link", "7: <script>alert(1)</script>: <UP> mtu 1500\n"))

    assert "<script" not in page
    assert "<i>" not in page


def test_nothing_that_a_journey_passed_is_html():
    """Names of namespaces and interfaces are escaped in a journey's table."""
    here = End("<b>", "<i>")
    step = Step(REQUEST, 0, here, here, "echo request")
    network = Network({"<b>": Namespace("<b>", (Link("<i>", 2, "veth", "02:00:00:00:00:01", 1500, "UP", ("UP",)),))})
    journey = Journey("192.168.1.2", "<b>", None, "ping", network, ANSWERED, "", (step,), (here,))

    page = bundle(journey)["text/html"]
    assert "<b>/" not in page
    assert "&lt;b&gt;/&lt;i&gt;" in page


def test_what_was_left_out_stands_in_sight():
    """Items of `left_out` are shown with names escaped; if there are many, all but the first four are folded."""
    named = "<b>: left out"
    page = change_page(Change("undo", one_end_up(), two_namespaces(), left_out=(named,)), None)
    assert "&lt;b&gt;: left out" in page
    assert "<details>" not in page
    many = change_page(Change("undo", one_end_up(), two_namespaces(), left_out=(named,) * 9), None)
    seen, folded = many.split("<summary>5 more</summary>")

    assert seen.count("left out") == 4
    assert folded.count("left out") == 5
    assert "left out" not in change_page(CHANGE, None)


def test_nothing_is_asked_for_from_outside():
    """The page loads nothing from another host: no script file, style sheet or font."""
    page = bundle(CHANGE)["text/html"].replace("http://www.w3.org/2000/svg", "")

    assert not re.search(r"https?://|<script|<link|@import|url\(", page)


def test_the_picture_is_an_image_with_words():
    """The picture is an `img` with a data URI, whose text alternative starts with the sentence."""
    page = bundle(CHANGE)["text/html"]
    alt, data = re.search(r'<img alt="([^"]+)".*?src="data:image/svg.xml,([^"]+)"', page).groups()

    assert alt.startswith("veth-test2 in test2 is switched on.")
    assert unquote(data).startswith("<svg")


def test_only_words_that_differ_are_marked():
    """In a changed line only the words that differ are marked."""
    page = change_page(CHANGE, None)

    assert '<b class="nl-word">LOWERLAYERDOWN</b>' in page
    assert '<b class="nl-word">NO-CARRIER,</b>' in page
    assert not re.search(r'nl-word">[^<]*mtu', page)


def test_what_changed_is_called_so(monkeypatch):
    """The changed lines have the heading "What changed:", because nslab wrote them, not `ip`."""
    assert "<summary>What changed:</summary>" in change_page(CHANGE, None)
    monkeypatch.setenv("NSLAB_LANG", "zh")
    assert "<summary>变化：</summary>" in change_page(CHANGE, None)


def test_a_text_of_our_own_has_no_command():
    """Text that no program wrote, such as lab_script()'s, has no command line above it."""
    looks = bundle(Listing("", "#!/bin/sh\nip netns add test1\n"))

    assert looks["text/plain"] == "#!/bin/sh\nip netns add test1"
    assert "nl-command" not in looks["text/html"].rpartition("</style>")[2]


def test_a_change_of_nothing_has_no_picture():
    """A change that changed nothing has no picture."""
    assert "<img" not in bundle(Change("ip link set dev lo up", one_end_up(), one_end_up()))["text/html"]


def test_where_nothing_had_to_be_run_there_is_no_command():
    """A change that ran no command, such as `lab_reset()` in an empty lab, has no command line and no copy button."""
    page = bundle(Change("", one_end_up(), one_end_up()))

    assert "nl-copy" not in page["text/html"].rpartition("</style>")[2]
    assert "Nothing changed: it was like this before." == page["text/plain"]


def test_many_commands_and_many_lines_are_folded():
    """Five or more commands, or many changed lines, are folded; the plain text has all commands."""
    few, many = (
        bundle(Change("\n".join(["iptables -F"] * count), before_the_move(), two_namespaces())) for count in (4, 5)
    )
    ten = network(**{f"ns{n}": Namespace(f"ns{n}", (lo(up=True),)) for n in range(10)})
    folded = '<details><summary>The commands, 5 lines</summary><div class="nl-command">'

    assert "<details open><summary>What changed:" in few["text/html"]
    assert folded in many["text/html"]
    assert "The commands" not in few["text/html"]
    assert 5 == many["text/plain"].count("$ iptables -F")
    assert "<details><summary>What changed:" in bundle(Change("", bare(), ten))["text/html"]


def test_each_command_has_a_line_without_styles_too():
    """Commands are separated by `<br>`, because without styles, as on GitHub, a newline would be shown as a space."""
    lines = re.sub(r"<(?!br).*?>", "", command_line("ip netns del a\nip netns del b").partition("</code>")[0])

    assert "$ ip netns del a<br>\n$ ip netns del b" == lines


def test_namespaces_stay_where_they_were():
    """The same change drawn twice gives the same page, with the namespaces at the same places."""
    first = bundle(Change("a", before_the_move(), two_namespaces()))["text/html"]
    again = bundle(Change("a", before_the_move(), two_namespaces()))["text/html"]

    assert first == again


def test_a_change_page_is_small():
    """The page is so small that a notebook of fifty outputs stays under a megabyte."""
    assert len(bundle(CHANGE)["text/html"]) < 16_000
    assert len(sheet_for("")) < 1_600


def test_an_output_has_only_the_styles_that_it_needs():
    """A page has style rules only for the classes that it uses, and every class and colour that it uses has one."""
    change, listing = bundle(CHANGE)["text/html"], listing_page(LISTING)

    assert ".nl-added" in change
    assert ".nl-field" not in change
    assert ".nl-field" in listing
    assert ".nl-picture" not in listing
    for shown in (change, listing):
        style, body = shown.partition("<style>")[2].split("</style>")
        used = {name for names in re.findall(r'class="([^"]*)"', body) for name in names.split()}
        assert used - {"nl"} == {name for name in used if f".{name}" in style}
        named = set(re.findall(r"var\((--nl-[a-z2-]+)[,)]", style))
        assert named <= set(re.findall(r"(--nl-[a-z2-]+):", shown))


def test_names_in_sentences_are_bold():
    """`**name**` becomes a `<b>` element in which the name is escaped."""
    assert "<p><b>a&lt;b</b> is up.</p>" == paragraph("**a<b** is up.")
    assert "<p><b>veth-test2</b> in <b>test2</b> is switched on." in bundle(CHANGE)["text/html"]


def test_what_is_not_markup_is_escaped():
    """Every HTML helper escapes its arguments."""
    odd = "<b>\"&'</b>"

    assert "&lt;b&gt;&#34;&amp;&#39;&lt;/b&gt;" in row(odd)
    assert "<b>" not in row(odd) + table([odd]) + details(odd, odd) + page([odd]) + command_line(odd) + output(odd)


def test_a_picture_that_continues_says_so_in_text():
    """The hint that a wide picture scrolls is text, which remains where attributes are removed."""
    assert "If it is cut off, scroll sideways." in Untrusted(bundle(CHANGE)["text/html"]).text


@pytest.mark.parametrize(
    "value",
    [
        CHANGE,
        LISTING,
        PingResult("10.0.0.1", None, 0, 0, (), None, "ping 10.0.0.1", "ping: connect: Network is unreachable\n"),
        PingResult("10.0.0.1", None, 2, 1, (0.5,), 64, "ping 10.0.0.1", "PING ...", (1,)),
        Topology(one_end_up()),
        one_end_up(),
        bridged().link("veth1"),
        bridged().namespaces["box1"].routes[0],
        bridged().namespaces["box1"].neighbours[0],
        Doctor((Check("ping", "missing", "not installed", "", "sudo apt-get install iputils-ping"),)),
        NoNamespace("tst1", ["test1"]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_value_has_text_and_a_whole_page(value):
    """Each kind of value has plain text without escape sequences, and HTML whose tags are all closed."""
    looks = bundle(value)

    assert isinstance(value, tuple(FORMS))
    assert looks["text/plain"].strip()
    assert "\x1b" not in looks["text/plain"]
    assert Untrusted(looks["text/html"]).inside == []


def test_a_topology_keeps_mac_addresses_for_who_asks():
    """MAC addresses are not in the picture, but in a fold below it."""
    page = bundle(Topology(one_end_up()))["text/html"]
    picture, fold = page.split("<details>")

    assert "02:00:00:00:00:03" not in picture
    assert "<td>veth-test2</td><td>DOWN</td><td>02:00:00:00:00:02</td>" in fold


def test_a_png_is_made_on_request_only():
    """A value has only plain text and HTML; `figure()` makes other formats."""
    for value in (Topology(one_end_up()), CHANGE):
        assert ["text/plain", "text/html"] == [*bundle(value)]


def test_other_things_have_no_look():
    """A value of another type raises a TypeError."""
    with pytest.raises(TypeError, match="int has no look"):
        bundle(3)
