"""The sentences about policy rules, queueing disciplines, packet filters and sysctls, in both languages."""

import pytest

from nslab_kernel.display.changed_lines import CAME, GONE, changed_groups
from nslab_kernel.display.sentences import change_sentences
from nslab_kernel.display.text import plain
from nslab_kernel.linux import entries
from nslab_kernel.model.entry import WITHOUT, Entry
from nslab_kernel.model.network import Namespace
from nslab_kernel.model.results import Change
from tests.networks import lo, network

NFT = "table ip nat {\n\tchain post {\n\t\tmasquerade\n\t}\n}\n"
IPTABLES = "*nat ip\n\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -j MASQUERADE\nCOMMIT\n"
SHOWN_BY = [value for name, value in vars(entries).items() if name.isupper() and isinstance(value, str)]


def with_entries(*lines, **more):
    """Return a network with one namespace and these entries in it, each a command and its line."""
    found = tuple(Entry(shown_by, text, text.encode()) for shown_by, text in lines)
    return network(test1=Namespace("test1", (lo(),), entries=found, **more))


def said(before, after):
    return plain(change_sentences(Change("command", before, after)))


def lines(before, after):
    groups = changed_groups(Change("command", before, after))
    return [(group.shown_by, line.sign, line.text) for group in groups for line in group.lines]


def test_what_came_went_and_changed_is_counted():
    """New, removed and changed entries are counted in one sentence each; IPv4 and IPv6 rules count together."""
    rules = ("ip rule", "5: from all lookup 5"), ("ip -6 rule", "5: from all lookup 5")
    slow = ("tc qdisc", "qdisc tbf 1: dev lo root rate 1Mbit")

    assert said(with_entries(), with_entries(*rules, slow)) == "New in test1: 2 policy rules and a queueing discipline."
    assert said(with_entries(*rules, slow), with_entries(slow)) == "Gone in test1: 2 policy rules."
    assert said(with_entries(slow), with_entries(("tc qdisc", "qdisc tbf 1: dev lo root rate 2Mbit"))) == (
        "Changed in test1: a queueing discipline."
    )


def test_a_rule_that_every_namespace_has_goes():
    """The loss of a default rule is shown as a removed line of the rule, not as a new `without` entry."""
    lack = ("ip rule", "without 0: from all lookup local")

    assert WITHOUT == entries.WITHOUT
    assert said(with_entries(), with_entries(lack)) == "Gone in test1: a policy rule."
    assert lines(with_entries(), with_entries(lack)) == [("ip rule", GONE, "0: from all lookup local")]
    assert lines(with_entries(lack), with_entries()) == [("ip rule", CAME, "0: from all lookup local")]


def test_a_packet_filter_comes_by_tables_and_lines():
    """A new table counts as one, without its lines; tables of iptables are shown as lines of iptables-save."""
    assert said(with_entries(), with_entries(ruleset=NFT)) == "New in test1: a table of the packet filter."
    grown = NFT.replace("masquerade", "masquerade\n\t\tdrop")
    assert said(with_entries(ruleset=NFT), with_entries(ruleset=grown)) == "New in test1: a line of the packet filter."
    assert (
        said(with_entries(ruleset=NFT), with_entries(ruleset=grown + IPTABLES))
        == "New in test1: 3 lines of the packet filter."
    )
    assert lines(with_entries(ruleset=NFT), with_entries(ruleset=IPTABLES + NFT)) == [
        ("iptables-save", CAME, "iptables -t nat :POSTROUTING ACCEPT [0:0]"),
        ("iptables-save", CAME, "iptables -t nat -A POSTROUTING -j MASQUERADE"),
    ]


def test_the_same_line_once_more_is_a_change():
    """A second identical rule is a change."""
    twice = NFT.replace("masquerade", "masquerade\n\t\tmasquerade")

    assert said(with_entries(ruleset=NFT), with_entries(ruleset=twice)) == (
        "New in test1: a line of the packet filter."
    )
    assert said(with_entries(ruleset=twice), with_entries(ruleset=NFT)) == (
        "Gone in test1: a line of the packet filter."
    )


def test_switches_have_their_value():
    """The sentence about a sysctl has its new value, or says that it is the default; many sysctls are only counted."""
    key = "net.ipv4.conf.all.rp_filter"
    many = tuple((f"net.ipv4.conf.all.{name}", "1") for name in ("arp_ignore", "forwarding", "rp_filter"))

    assert said(with_entries(), with_entries(sysctls=((key, "1"),))) == f"{key} is 1 now, in test1."
    assert (
        said(with_entries(sysctls=((key, "1"),)), with_entries(sysctls=((key, "2"),))) == f"{key} is 2 now, in test1."
    )
    assert (
        said(with_entries(sysctls=((key, "1"),)), with_entries()) == f"{key} is as in a new namespace again, in test1."
    )
    assert said(with_entries(), with_entries(sysctls=many)) == "3 sysctls have changed in test1."


def test_a_neighbour_that_was_given_is_not_forgotten():
    """Permanent and proxy neighbours are called fixed, and new or gone instead of learnt or forgotten."""
    fixed = ("ip neigh", "10.0.0.2 dev lo lladdr 02:00:00:00:00:02 PERMANENT"), ("ip neigh", "10.0.0.3 dev lo proxy")

    assert said(with_entries(), with_entries(*fixed)) == "New in test1: 2 fixed neighbours."
    assert said(with_entries(*fixed), with_entries()) == "Gone in test1: 2 fixed neighbours."


@pytest.mark.parametrize("shown_by", sorted({one for one in SHOWN_BY if " " in one.strip()}))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_sort_has_its_words(shown_by, language, monkeypatch):
    """Each kind of entry has a sentence and a line in both languages."""
    monkeypatch.setenv("NSLAB_LANG", language)
    entry = (shown_by, "10.0.0.2 dev lo PERMANENT")

    assert "test1" in said(with_entries(), with_entries(entry))
    assert lines(with_entries(), with_entries(entry)) == [(shown_by, CAME, entry[1])]


def test_what_comes_with_a_namespace_is_not_told():
    """For a new namespace the sentences do not mention its entries."""
    assert said(network(), with_entries(("ip rule", "5: from all lookup 5"), ruleset=NFT)).startswith(
        "test1 was created"
    )
    assert "New" not in said(network(), with_entries(("ip rule", "5: from all lookup 5"), ruleset=NFT))
