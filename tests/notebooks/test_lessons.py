"""Every notebook in both languages, run in the kernel NS Lab: the cells show what the prose says."""

import re
from html import unescape

import pytest
from nbconvert import HTMLExporter

from tests.notebooks.executed import NOTEBOOKS, Executed, execute

HAN = re.compile("[\u4e00-\u9fff]")
CHANGES = re.compile(
    r"(netns|link|veth|addr|bridge|route)_(add|attach|del|up|down|set_\w+|rename)\(|container_(run|start|stop|rm)\("
    r"|goto\("
)
LANGUAGES = ("en", "zh")
DOWN_AND_PING = """ping("192.168.1.1", netns="test2", count=10)
link_down("veth-test2", netns="test2")
ping("192.168.1.2", netns="test1", count=1, timeout_s=4)"""
BY_DOCKER = """mine = snapshot()
container_run("busybox_1")
container_run("busybox_2")
shown = link_show()
lab_reset()
build(mine)
shown"""
UP_AND_STOP = """link_up("veth-test2", netns="test2")
ping("192.168.1.1", netns="test2", count=10)
pinging.stop()"""


@pytest.fixture(scope="module", params=LANGUAGES)
def welcome(request) -> Executed:
    return execute(NOTEBOOKS / request.param / "0-welcome.ipynb")


@pytest.fixture(scope="module", params=LANGUAGES)
def by_hand(request) -> Executed:
    return execute(NOTEBOOKS / request.param / "3-by-hand.ipynb")


@pytest.fixture(
    scope="module",
    params=[(path.stem, language) for path in (NOTEBOOKS / "source").glob("*.md") for language in LANGUAGES],
    ids="-".join,
)
def lesson(request) -> Executed:
    name, language = request.param
    return execute(NOTEBOOKS / language / f"{name}.ipynb")


class TestEveryLesson:
    def test_it_runs_to_the_end(self, lesson):
        """No cell raises an error or writes to stderr."""
        outputs = [output for cell in lesson.cells for output in cell.outputs]

        assert [] == [output for output in outputs if output.output_type == "error"]
        assert [] == [output for output in outputs if output.get("name") == "stderr"]

    def test_each_change_is_told_in_the_language_of_the_folder(self, lesson):
        """Each change shows its command and a picture, with Chinese text in zh/, and none in en/."""
        changes = [lesson.value(cell) for cell in lesson.cells if CHANGES.match(cell.source.splitlines()[-1])]
        words = [data["text/html"] + data["text/plain"] for data in changes]

        assert changes
        assert {lesson.language == "zh"} == {bool(HAN.search(text)) for text in words}
        assert [] == [text for text in words if not re.search(r"\$ (ip|docker|podman) ", text)]
        assert [] == [text for text in words if 'src="data:image/svg+xml,' not in text]

    def test_a_question_waits_for_nobody(self, lesson):
        """Without a browser a question is stored with its answers, the solution folded, and does not stop Run All."""
        questions = [stored(lesson, cell.source) for cell in lesson.cells if cell.source.startswith("predict(")]

        assert questions
        assert [] == [html for html in questions if "(a) " not in html or html.count("<details><summary>") != 1]

    def test_what_was_broken_is_not_mended_by_itself(self, lesson):
        """After Run All the fault of break_it() is still there, which check_fix() reports without an error."""
        if any(cell.source.startswith("break_it(") for cell in lesson.cells):
            assert {"en": "Not mended yet.", "zh": "还没修好。"}[lesson.language] in lesson.text("check_fix()")
        else:
            assert "0-welcome" in lesson.name

    def test_the_live_picture_is_stored_as_it_was_in_the_end(self, lesson):
        """The stored picture shows the empty lab at the end, with a text alternative in the folder's language."""
        (words,) = re.findall(r'<img alt="([^"]*)"', stored(lesson, lesson.cells[1].source))

        assert {"en": "host: lo UP.", "zh": "宿主机：lo UP。"}[lesson.language] == words

    def test_exported_to_a_page_it_keeps_its_pictures(self, lesson):
        """nbconvert's page has every picture with its text alternative, also those of live widgets."""
        page, _ = HTMLExporter().from_notebook_node(lesson.notebook)
        shown = "".join(stored(lesson, cell.source) for cell in {c.source: c for c in lesson.cells}.values())
        words, pictures = (re.findall(rf'<img [^>]*?{name}="([^"]+)"', shown) for name in ("alt", "src"))

        assert len(words) == len(pictures) == shown.count("<img") > 0
        assert [] == [word for word in words if unescape(word) not in unescape(page)]
        assert [] == [picture[:60] for picture in pictures if picture not in page]


def stored(lesson, code):
    """Return all HTML outputs of the cells with this code."""
    outputs = [output for cell in lesson.cells if cell.source == code for output in cell.outputs]
    return "".join(str(output.get("data", {}).get("text/html", "")) for output in outputs)


class TestWelcome:
    def test_the_host_has_lo_alone(self, welcome):
        """0.1: a new network has only `lo`, which is up on the host."""
        text = welcome.text("link_show()")

        assert ["lo"] == re.findall(r"^\s*\d+: ([^:@]+)", text, re.M)
        assert "<LOOPBACK,UP,LOWER_UP>" in text

    def test_a_cable_has_two_ends(self, welcome):
        """0.2: one command adds two interfaces."""
        text = welcome.text('veth_add("a", "b")')

        assert "$ ip link add dev a type veth peer name b" in text
        assert re.search(r"\+ .*\d+: a@b: ", text)
        assert re.search(r"\+ .*\d+: b@a: ", text)

    def test_the_shell_sees_it_too(self, welcome):
        """0.2: `!ip link` shows what the function made."""
        outputs = next(cell.outputs for cell in welcome.cells if cell.source == "!ip link")
        text = "".join(output.text for output in outputs)  # on a busy machine the output comes in pieces

        assert "a@b:" in text
        assert "b@a:" in text

    def test_the_shell_makes_one_too(self, welcome):
        """0.2: the shell makes the second cable, and later pictures show it."""
        assert "c" in re.findall(r"\w+", welcome.alternatives('link_del("a")')[0])

    def test_both_ends_go_and_come_back(self, welcome):
        """0.3: deleting one end deletes both; undo restores both with their old ifindexes."""
        numbers = re.findall(r"\+ .*(\d+: [ab])@", welcome.text('veth_add("a", "b")'))

        assert numbers == re.findall(r"[-−] .*(\d+: [ab])@", welcome.text('link_del("a")'))
        assert numbers == re.findall(r"\+ .*(\d+: [ab])@", welcome.text("undo()"))

    def test_the_doctor_looks(self, welcome):
        """0.4: lab_doctor() prints a line for each thing that it checked."""
        ready = re.findall(r"^(?:ready|可用)  (\w+): \S", welcome.text("lab_doctor()"), re.M)

        assert {"ip", "ping", "nft"} <= set(ready)


class TestByHand:
    def test_every_step_of_the_tutorial_has_its_heading(self, by_hand):
        """The headings 3.1 to 3.10 are there, in order."""
        headings = re.findall(r"^## (3\.\d+) ", "\n".join(cell.source for cell in by_hand.notebook.cells), re.M)

        assert [f"3.{step}" for step in range(1, 11)] == headings

    def test_3_1_there_are_two_namespaces(self, by_hand):
        """netns_list() shows both."""
        assert {"test1", "test2"} <= set(by_hand.text("netns_list()").split())

    def test_3_2_test1_has_lo_alone_and_it_is_down(self, by_hand):
        """lo has no UP flag, and there is no veth."""
        text = by_hand.text('link_show(netns="test1")')

        assert "$ ip netns exec test1 ip link" in text
        assert "lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN" in text
        assert "veth" not in text

    def test_3_3_the_host_has_what_docker_made(self, by_hand):
        """Docker adds a bridge, and for each container a port whose other end is in another namespace."""
        text = by_hand.text(BY_DOCKER)

        assert ["lo"] == re.findall(r"^\d+: (\w+): <LOOPBACK,UP,LOWER_UP>", by_hand.text("link_show()"), re.M)
        assert re.search(r"^\d+: docker0: ", text, re.M)
        assert ["0", "1"] == re.findall(r"veth\w+@if\d+: .* master docker0 .*\n.*link-netnsid (\d+)", text)

    def test_3_4_both_ends_are_on_the_host(self, by_hand):
        """Each end names the other one as its peer, and both are down."""
        text = by_hand.text("link_show()", 2)

        assert re.search(r"\d+: veth-test1@veth-test2: <BROADCAST,MULTICAST,M-DOWN> .*state DOWN", text)
        assert re.search(r"\d+: veth-test2@veth-test1: <BROADCAST,MULTICAST,M-DOWN> .*state DOWN", text)

    def test_3_5_the_end_that_moved_keeps_name_mac_and_number(self, by_hand):
        """Only the text after the @ changes: it now has the ifindex of the end that stayed."""
        before, after = by_hand.text("link_show()", 2), by_hand.text('link_show(netns="test1")', 2)
        seen = r"(\d+): veth-test1@(\S+): .*\n\s+link/ether (\S+)"
        number, peer, mac = re.search(seen, before).groups()
        stayed = re.search(r"(\d+): veth-test2@", before)[1]

        assert "veth-test2" == peer
        assert (number, f"if{stayed}", mac) == re.search(seen, after).groups()
        assert "link-netnsid 0" in after

    def test_3_6_it_is_gone_from_the_host(self, by_hand):
        """The other end stays on the host, and names the namespace of its peer."""
        text = by_hand.text("link_show()", 3)

        assert not re.search(r"\d+: veth-test1", text)
        assert re.search(r"veth-test2@if\d+: .*\n.*link-netns test1", text)

    def test_3_7_the_end_in_test1_knows_where_its_peer_went(self, by_hand):
        """Moving one end changes link-netnsid to link-netns at the other end, though no command changed that end."""
        text = by_hand.text('link_set_netns("veth-test2", "test2")')

        assert re.search(r"- .*veth-test1@.* link-netnsid 0$", text, re.M)
        assert re.search(r"\+ .*veth-test1@.* link-netns test2$", text, re.M)
        assert re.search(r"\+ .*veth-test2@.* state DOWN .* link-netns test1$", text, re.M)

    def test_3_8_addresses_alone_make_no_route(self, by_hand):
        """With addresses but DOWN ends there is no route, so the ping is refused at once."""
        shown = by_hand.text('addr_show(netns="test1")')

        assert "inet 192.168.1.1/24" in shown
        assert re.search(r"veth-test1@.* state DOWN", shown)
        assert "inet 192.168.1.2/24" in by_hand.text('addr_add("192.168.1.2/24", dev="veth-test2", netns="test2")')
        assert "Network is unreachable" in by_hand.text('ping("192.168.1.2", netns="test1")')

    def test_3_9_one_end_up_has_a_route_and_no_carrier(self, by_hand):
        """The end is NO-CARRIER and its route linkdown; the state may be LOWERLAYERDOWN or DOWN for the same thing."""
        text = by_hand.text('link_up("veth-test1", netns="test1")')

        assert re.search(r"\+ .*<NO-CARRIER,BROADCAST,MULTICAST,UP> .* state (LOWERLAYERDOWN|DOWN)", text)
        assert re.search(r"\+ 192\.168\.1\.0/24 dev veth-test1 .*linkdown", text)

    def test_3_9_with_both_ends_up_both_have_carrier(self, by_hand):
        """Setting up the end in test2 changes both ends, and each end gets an fe80 address."""
        text = by_hand.text('link_up("veth-test2", netns="test2")')
        ready = r"veth-test{}@if\d+: <BROADCAST,MULTICAST,UP,LOWER_UP> .*state UP"

        assert re.search(ready.format(1), by_hand.text('link_show(netns="test1")', 3))
        assert re.search(rf"\+ .*{ready.format(2)}", text)
        assert 2 == len(re.findall(r"\+ .*inet6 fe80:", text))

    def test_3_10_both_pings_are_answered(self, by_hand):
        """All three requests are answered with ttl=64: no router is in between."""
        for code, nth in (('ping("192.168.1.2", netns="test1")', 2), ('ping("192.168.1.1", netns="test2")', 1)):
            text = by_hand.text(code, nth)
            assert "3 packets transmitted, 3 received" in text
            assert 3 == text.count("ttl=64")

    def test_3_10_nobody_answers_himself(self, by_hand):
        """test1 does not reach its own address, because its `lo` is down."""
        assert "1 packets transmitted, 0 received" in by_hand.text('ping("192.168.1.1", netns="test1", count=1)')

    def test_encore_the_ping_that_runs_has_a_gap(self, by_hand):
        """Even with Run All the live ping has replies, then lost requests, then replies, and keeps a stored picture."""
        text = by_hand.text(UP_AND_STOP)
        answered = {int(number) for number in re.findall(r"from 192\.168\.1\.2: icmp_seq=(\d+)", text)}
        lost = set(range(1, max(answered))) - answered

        assert lost
        assert min(answered) < min(lost)
        assert "1 packets transmitted, 0 received" in by_hand.text(DOWN_AND_PING)
        assert "<img alt=" in stored(by_hand, 'pinging = ping_live("192.168.1.2", netns="test1", count=600)\npinging')

    def test_the_lab_is_empty_at_the_end(self, by_hand):
        """lab_reset() leaves only lo, so that Run All works a second time."""
        assert re.search(r"(host: |宿主机：)lo UP[.。]$", by_hand.alternatives("lab_reset()")[0])

    def test_many_commands_are_folded(self, by_hand):
        """The many commands of goto() are folded."""
        folded = r"<details><summary>[^<]*\d+[^<]*</summary><div class=\"nl-command\">"
        assert re.search(folded, by_hand.data('goto("3.10")')["text/html"])
