"""The plain text of values."""

import re
from dataclasses import replace

from nslab_kernel.display.shown_change import change_text
from nslab_kernel.display.shown_error import error_text
from nslab_kernel.display.shown_guidance import lesson_check_page
from nslab_kernel.display.shown_network import network_text
from nslab_kernel.display.shown_results import doctor_text, listing_text, ping_text
from nslab_kernel.display.text import padded
from nslab_kernel.errors import BadValue, NoNamespace
from nslab_kernel.model.guidance import FactCheck, LessonCheck, StepCheck
from nslab_kernel.model.network import HOST, Namespace, Route
from nslab_kernel.model.results import Change, Check, Doctor, Listing, PingResult
from tests.networks import bare, bridged, lo, network, one_end_up, two_namespaces


def test_a_change_has_command_sentence_and_lines():
    """The text has the command, the sentences, and by namespace and command the old and new lines with signs."""
    text = change_text(Change("ip netns exec test2 ip link set dev veth-test2 up", one_end_up(), two_namespaces()))

    assert text.splitlines()[0] == "$ ip netns exec test2 ip link set dev veth-test2 up"
    assert "the cable works now" in text.splitlines()[2]
    assert [line[:22] for line in text.split("test1, ip link:\n")[1].splitlines()[:2]] == [
        "- 3: veth-test1@if2: <",
        "+ 3: veth-test1@if2: <",
    ]


def test_several_commands_are_a_line_each():
    """Several commands of one change are shown on a line each."""
    text = change_text(Change("ip link del dev a\nip link del dev b", bare(), bare()))

    assert text.startswith("$ ip link del dev a\n$ ip link del dev b\n\nNothing changed")


def test_what_a_command_reads_has_its_own_prompt():
    """The lines of a here-document have the prompt `>`, so that nobody takes them for commands."""
    text = change_text(Change("nft -f - <<'EOF'\ndelete table ip nat\nEOF\nip rule del pref 5", bare(), bare()))

    assert text.splitlines()[:4] == [
        "$ nft -f - <<'EOF'",
        "> delete table ip nat",
        "> EOF",
        "$ ip rule del pref 5",
    ]


def test_what_was_left_out_is_said():
    """Items of `left_out` follow the sentences on a line each, without "it was like this before"."""
    left_out = ("tun0 is left out: it goes with the program.", "Linux did not take: ip rule add")
    text = change_text(Change("", bare(), bare(), left_out=left_out))

    assert text == f"Nothing changed.\n\n! {left_out[0]}\n! {left_out[1]}"


def test_lines_about_the_same_thing_are_all_there():
    """Two routes that differ only in their metric are both shown."""
    routes = tuple(Route("10.9.0.0/16", "10.0.0.1", "lo", metric=metric) for metric in (5, 6))
    text = change_text(Change("", bare(), network(host=Namespace(HOST, (lo(up=True),), routes))))

    assert text.count("+ 10.9.0.0/16") == 2


def test_a_listing_is_the_programs_own_text():
    """A listing has the program's text; a note tells if there is none, or if the exit status is not 0."""
    assert listing_text(Listing("ip route", "a\nb\n")) == "$ ip route\na\nb"
    assert listing_text(Listing("false", "", 1)) == "$ false\n(It wrote nothing.)\n(Exit status 1.)"


def test_a_ping_ends_with_what_came_of_it():
    """The output of ping is followed by the sentence with the count."""
    result = PingResult("10.0.0.1", None, 1, 1, (0.05,), 64, "ping -c 1 10.0.0.1", "PING ...\n", (1,))

    assert ping_text(result) == "$ ping -c 1 10.0.0.1\n\nPING ...\n\n1 of 1 came back. Median 0.05 ms."


def test_a_network_is_a_sketch():
    """The sketch has namespaces, interfaces, peers, ports below their bridge, forwarding and default routes."""
    lines = network_text(bridged()).splitlines()

    assert lines[0] == "host"
    assert re.fullmatch(r"  lab0 +UP +172\.18\.0\.1/24 \(bridge\)", lines[2])
    assert re.fullmatch(r"  └ veth1 +UP +── eth0 \(box1\)", lines[3])
    assert "  net.ipv4.ip_forward = 1" in lines
    assert "  default via 172.18.0.1 dev eth0" in lines


def test_columns_are_those_of_a_console():
    """A Chinese character counts as two columns and a combining character as none, so columns are aligned."""
    assert ["eth0  |", "网卡  |", "e\u0301th0  |"] == [padded(name, 6) + "|" for name in ("eth0", "网卡", "e\u0301th0")]


def test_up_without_carrier_is_never_called_down():
    """A link that is UP without carrier is shown as NO-CARRIER if the kernel's operstate is DOWN."""
    veth = one_end_up().link("veth-test1", "test1")
    lost = network(test1=Namespace("test1", (lo(), replace(veth, operstate="DOWN"))))

    assert "LOWERLAYERDOWN" in network_text(one_end_up())
    assert "NO-CARRIER" in network_text(lost)


def test_an_error_says_what_why_and_what_to_try():
    """An error has similar names, a line to try, the command, the kernel's message, and how to get the traceback."""
    error = NoNamespace("tst1", ["test1", "test2"])
    error.command = "ip netns exec tst1 ip link"
    lines = error_text(error).splitlines()

    assert lines == [
        "✕ There is no network namespace tst1.",
        "  Did you mean test1? There are: test2.",
        "",
        "  Try",
        "    netns_list()",
        "",
        "  Command",
        "    $ ip netns exec tst1 ip link",
        "",
        "  The kernel said",
        "    No such file or directory (ENOENT)",
        "",
        "  Nothing was changed. Full traceback: %tb Verbose",
    ]


def test_an_error_without_facts_has_no_empty_headings():
    """Parts of an error that have no content are omitted with their headings."""
    assert len(error_text(BadValue("That is no name.")).splitlines()) == 3


def test_a_doctor_names_what_mends():
    """A missing check has its line, and below it why it matters and the command that mends it."""
    doctor = Doctor((Check("ping", "missing", "not installed", "No pings.", "sudo apt-get install iputils-ping"),))

    assert doctor_text(doctor) == ("missing  ping: not installed\n    No pings.\n    sudo apt-get install iputils-ping")


def test_chinese_has_no_stray_spaces(monkeypatch):
    """No space remains between two Chinese characters."""
    monkeypatch.setenv("NSLAB_LANG", "zh")
    text = change_text(Change("undo", bridged(), network(host=Namespace(HOST, (lo(up=True),)))))

    assert not re.search(r"[\u4e00-\u9fff，。：；] [\u4e00-\u9fff，。：；]", text)


def test_chinese_has_brackets_of_its_own(monkeypatch):
    """Chinese words are in full-width brackets, without a space before them."""
    monkeypatch.setenv("NSLAB_LANG", "zh")
    lost = StepCheck("3.1", "x", (FactCheck("y", "yes", "no", False, "link_show()"),), "14:03:27")

    assert "（宿主机）" in network_text(bridged())
    assert "14:03:27（现在" in lesson_check_page(LessonCheck(3, "x", (lost,)))
