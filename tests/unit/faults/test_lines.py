"""The commands and sentences of faults."""

import shlex
from dataclasses import replace

import pytest

from nslab_kernel.display.sentences_faults import check_sentences, fault_kinds
from nslab_kernel.display.text import plain
from nslab_kernel.faults.kinds import KINDS
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault, FixCheck
from nslab_kernel.model.network import End
from tests.networks import network, two_namespaces

ODD = "v'$(1)"


def oddly_named():
    """Return two namespaces with IPv4 and IPv6, and an interface whose name the shell would expand if not quoted."""
    spaces = two_namespaces().namespaces
    one, two = (spaces[name].link(f"veth-{name}") for name in ("test1", "test2"))
    one = replace(one, ifname=ODD, addresses=(*one.addresses, "fd00::1/64"))
    two = replace(two, peer=End("test1", ODD), addresses=(*two.addresses, "fd00::2/64"))
    ends = {"test1": one, "test2": two}
    return network(
        **{name: replace(spaces[name], links=(spaces[name].link("lo"), end), routes=()) for name, end in ends.items()}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_interface_is_named_as_a_shell_takes_it(kind):
    """The commands of each kind of fault quote an odd interface name, so that the shell reads it whole."""
    for fault in KINDS[kind].find(oddly_named()):
        for line in (*fault.breaks, *fault.mends):
            assert line.count("$") == sum(word.count(ODD) for word in shlex.split(line))


def told(language, monkeypatch, kind, *place):
    monkeypatch.setenv("NSLAB_LANG", language)
    faults = (Fault(Place(*place), (), (), kind),)
    return plain(check_sentences(FixCheck((), (), 2, 12.0, 1, 0, faults)))


def test_each_kind_is_told_in_words(monkeypatch):
    """Each kind of fault is named by a phrase in both languages, not by the name of its kind."""
    monkeypatch.setenv("NSLAB_LANG", "en")
    assert KINDS.keys() == fault_kinds().keys()
    for kind in KINDS:
        assert kind not in told("en", monkeypatch, kind, "test1", "eth0")
    assert " The fault: a wrong address on eth0 in test1. " in told("en", monkeypatch, "addr_wrong", "test1", "eth0")
    assert "原来是 test1 里的 eth0 停用了。" in told("zh", monkeypatch, "link_down", "test1", "eth0")
    assert "原来是宿主机上有一条规则把 ping 的请求丢弃了。" in told("zh", monkeypatch, "nft_input_drop", "host")
