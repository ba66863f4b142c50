"""break_it() and check_fix(), as a learner uses them."""

import subprocess
from dataclasses import replace
from itertools import count

import pytest

from nslab_kernel.errors import BadValue, LabError, NotPermitted
from nslab_kernel.faults import break_it as module
from nslab_kernel.faults import pings
from nslab_kernel.faults.break_it import break_it, check_fix, fault_hint
from nslab_kernel.faults.on_filters import iptables_drop
from nslab_kernel.linux.lab import MACHINE, Lab
from nslab_kernel.network import history
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.steps.addr import addr_add
from nslab_kernel.steps.netns import netns_add, netns_exec
from nslab_kernel.steps.whole_lab import undo
from tests.live.shell import inside, two_namespaces


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Wait only a second for a reply."""
    monkeypatch.setattr(pings, "WAIT_S", 1)


def run(lines):
    for line in lines:
        subprocess.run(["sh", "-c", line], check=True)


def test_in_an_empty_lab_it_says_what_to_build():
    """In an empty lab no ping works that could be broken: the error says what to build, and nothing is changed."""
    before = snapshot()
    with pytest.raises(LabError, match="two namespaces with a cable"):
        break_it()
    assert before == snapshot()


def test_without_a_fault_there_is_nothing_to_check():
    """Without a fault, check_fix() and fault_hint() raise an error."""
    for call in (check_fix, fault_hint):
        with pytest.raises(LabError, match="Nothing is broken"):
            call()


@pytest.mark.parametrize(
    "arguments", [{"seed": "x"}, {"seed": True}, {"level": 0}, {"level": 4}, {"level": 1.5}], ids=str
)
def test_bad_arguments(arguments):
    """Wrong arguments raise an error, and nothing is broken."""
    two_namespaces()
    before = settle()
    with pytest.raises(BadValue):
        break_it(**arguments)
    assert before == snapshot()


def test_the_real_machine_is_not_broken(monkeypatch):
    """break_it() refuses to break the real machine, and breaks only a sandbox."""
    monkeypatch.setattr(module, "require_lab", lambda: Lab(MACHINE))
    with pytest.raises(NotPermitted):
        break_it()


def test_the_same_seed_breaks_the_same():
    """In the same network, the same seed breaks the same thing again after it was mended."""
    two_namespaces()
    told = []
    for _ in range(2):
        broken = break_it(seed=3)
        run(module._present.faults[0].mends)
        told.append((broken.shown, check_fix().faults))
    assert told[0] == told[1]


def test_two_at_once_are_mended_one_after_the_other():
    """Of two faults both have to be mended before check_fix() passes."""
    two_namespaces()
    for n in (1, 2):
        inside(f"test{n}", "link set dev lo up")
    assert 2 == break_it(seed=2, level=3).faults
    first, second = module._present.faults
    run(second.mends)
    assert not check_fix()
    run(first.mends)
    assert check_fix()


def test_what_the_learner_breaks_besides_is_told():
    """A mend that breaks something else does not pass, and that check costs ten points."""
    two_namespaces()
    for n in (1, 2):
        inside(f"test{n}", "link set dev lo up")
    for seed in count(1):
        broken = break_it(seed=seed)
        if ("test1", "192.168.1.1") not in [one.call for one in broken.symptoms]:
            break
        run(module._present.faults[0].mends)
    run(module._present.faults[0].mends)
    inside("test1", "link set dev lo down")
    check = check_fix()
    assert (0, 1) == (len(check.still), len(check.newly))
    inside("test1", "link set dev lo up")
    check = check_fix()
    assert (90, 2) == (check.score, check.checks)


def test_undo_does_not_take_it_back():
    """The fault is no step of the learner's, so undo() takes back the learner's last step and leaves the fault."""
    two_namespaces()
    netns_add("spare")
    break_it(seed=3)
    undo()

    assert "spare" not in snapshot().namespaces
    assert not check_fix()


def test_undo_of_a_step_at_the_same_place_does_not_either():
    """undo() of an address or an nft table leaves a fault at the same interface or in the same namespace."""
    two_namespaces()
    fault = "ip -n test2 addr del 192.168.1.2/24 dev veth-test2", "ip netns exec test2 nft add table ip guard"
    for step in (
        lambda: addr_add("10.5.0.2/24", "veth-test2", "test2"),
        lambda: netns_exec("test2", "nft add table ip mine"),
    ):
        step()
        run(fault)
        history.set_seen(snapshot())

        undo()

        assert () == tuple(addr for addr in snapshot().link("veth-test2", "test2").addresses if addr[:4] != "fe80")
        assert "table ip guard {\n}" == snapshot().namespaces["test2"].ruleset
        run(["ip -n test2 addr add 192.168.1.2/24 dev veth-test2", "ip netns exec test2 nft delete table ip guard"])
        history.set_seen(snapshot())


def test_what_was_only_tried_leaves_nothing(monkeypatch):
    """A fault that no ping notices is removed completely, with the table that iptables made for its rule."""
    two_namespaces()
    monkeypatch.setattr(
        module, "candidates", lambda network, *_: (replace(one, kind="iptables_drop") for one in iptables_drop(network))
    )
    break_it(seed=5, level=2)

    assert "host" != module._present.faults[0].place.netns
    assert "" == snapshot().namespaces["host"].ruleset
