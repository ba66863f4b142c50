"""Each kind of fault breaks the ping that is shown, and its lines mend it."""

import subprocess

import pytest

from nslab_kernel.faults import kinds, pings
from nslab_kernel.faults.break_it import HINTS, break_it, check_fix, fault_hint
from nslab_kernel.model.faults import LARGE
from nslab_kernel.network.settle import settle
from tests.live.faults.random_labs import HOST, Lab

SOMEWHERE_ELSE = {
    "prefix_long": ("ring", (4,), 1),
    "rp_filter_strict": ("ring", (4,), 1),
    "dad_failed": ("chain", (6,), 3),
    "ipv6_off": ("chain", (6,), 3),
    "forwarding6_off": ("chain", (6,), 3),
    "masquerade_missing": ("nat", (4,), 3),
    "vxlan_remote_wrong": ("vxlan", (4, 6), 2),
    "vxlan_id_wrong": ("vxlan", (4, 6), 2),
    "vxlan_port_wrong": ("vxlan", (4, 6), 2),
}
"""Kinds that need another network than containers on a host: shape, address families and seed of one."""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Wait only a second for a reply, because all replies come within milliseconds here."""
    monkeypatch.setattr(pings, "WAIT_S", 1)


def answers(symptom):
    """Return whether the ping that a learner was shown is answered."""
    inside = [] if symptom.call.netns == HOST else ["ip", "netns", "exec", symptom.call.netns]
    large = ["-M", "do", "-s", str(LARGE)] if symptom.size == LARGE else []
    ping = ["ping", "-n", "-c", "1", "-w", "1", *large, symptom.call.dst]
    return subprocess.run([*inside, *ping], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_it_breaks_and_is_mended(kind, monkeypatch):
    """The shown ping fails; after the lines that mend the fault every ping works again."""
    shape, families, seed = SOMEWHERE_ELSE.get(kind, ("docker", (4,), 1))
    Lab(seed, shape, families).build(settle)
    monkeypatch.setattr(kinds, "KINDS", {kind: kinds.KINDS[kind]})
    monkeypatch.setattr("nslab_kernel.faults.break_it._PLACES_PER_KIND", 50)
    broken = break_it(seed=1, level=2)
    hints = [fault_hint() for _ in range(HINTS)]

    assert not answers(broken.shown)
    assert kind == hints[-1].fault.kind
    for line in hints[-1].fault.mends:
        subprocess.run(["sh", "-c", line], check=True)
    check = check_fix()
    assert check, (check.still, check.newly)
    assert answers(broken.shown)
    assert [kind] == [fault.kind for fault in check.faults]
