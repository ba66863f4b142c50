"""The kinds of findings: each has a sentence, a link of the chain, and lines that mend it."""

import dataclasses

import pytest

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.sentences_diagnosis import diagnosis_sentences, link_name, verdict_name
from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.evidence import Stand
from nslab_kernel.doctor.findings import KINDS, found
from nslab_kernel.language import speaking, tidy
from nslab_kernel.linux.packet_trace import Rule
from nslab_kernel.model.diagnosis import BROKEN, HOLDS, LINKS, NOT_REACHED, Diagnosis, Place, Stage
from nslab_kernel.model.network import End, Route

HERE, THERE = End("r1", "eth0"), End("r2", "eth0")


def diagnosis(kind, is_back=False):
    """Return a diagnosis with one finding of a kind."""
    stand = Stand("r1", "10.0.0.1", "10.0.0.2", is_back)
    finding = found(stand, kind, Place(*HERE, rule="inet f c: drop"), "as it should be", "as it is", (), "thing", THERE)
    stages = Stage("route", Place("r1"), "a route", "dev eth0", HOLDS), Stage("interface", None, "", "", NOT_REACHED)
    return Diagnosis(False, (finding,), "10.0.0.2", stages=stages)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_said(kind, language):
    """Each kind has a sentence with its place, in both languages; the plain text contains it."""
    with speaking(language):
        sentence = diagnosis_sentences(diagnosis(kind))[0]
        shown = bundle(diagnosis(kind))
    assert "r1" in sentence
    assert "{" not in sentence
    assert (language == "zh") == any("\u4e00" <= letter <= "\u9fff" for letter in sentence)
    assert tidy(sentence.replace("**", "")) in shown["text/plain"]


def test_kinds_are_links_of_the_chain():
    """Every kind belongs to a link of the chain, and every link and verdict has a name."""
    assert set(KINDS.values()) <= set(LINKS)
    assert all(link_name(link) for link in LINKS)
    assert all(verdict_name(verdict) for verdict in (HOLDS, BROKEN, NOT_REACHED))


def test_a_reply_is_told_from_a_request():
    """A missing route for the reply belongs to the link "way back", and the sentence says that the reply is lost."""
    there, back = (diagnosis("no_route", is_back).findings[0] for is_back in (False, True))
    assert ("route", False, "way back", True) == (there.link, there.is_back, back.link, back.is_back)
    with speaking("en"):
        assert "it is the reply that is lost" in diagnosis_sentences(diagnosis("no_route", True))[-1]


def test_values_are_frozen():
    """A finding cannot be changed, and a diagnosis is true if the ping was answered."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        diagnosis("no_route").findings[0].id = "x"
    assert not diagnosis("no_route")
    assert Diagnosis(True, ())


def test_fixes_in_both_words():
    """A fix has a Python call and the equal command; for the host the call has no `netns=`."""
    assert ('link_up("eth0", netns="r1")', "ip netns exec r1 ip link set dev eth0 up") == fixes.link_up(HERE)
    assert ('link_up("lab0")', "ip link set dev lab0 up") == fixes.link_up(End("host", "lab0"))
    blackhole = Route("10.9.0.0/16", type="blackhole", metric=7)
    assert (
        'route_del("10.9.0.0/16", type="blackhole", metric=7, netns="r1")',
        "ip netns exec r1 ip route del blackhole 10.9.0.0/16 metric 7",
    ) == fixes.route_del("r1", blackhole)
    policy = Rule("ip", "filter", "FORWARD", 0, "policy drop")
    assert "nft 'add chain ip filter FORWARD { policy accept; }'" == fixes.rule_del("host", policy)[0].command
