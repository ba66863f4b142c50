"""why() finds faults that plain commands put in, their place and fix.

Each is diagnosed twice: with the neighbour and forwarding database entries learnt before, and after a flush.
"""

import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from nslab_kernel import front
from nslab_kernel.doctor import proof
from nslab_kernel.doctor.why import why
from nslab_kernel.probe.journey import journey
from nslab_kernel.probe.ping import ping
from tests.live.doctor import networks
from tests.live.doctor.networks import answers, forget, run, settled
from tests.live.doctor.one_reason import contradiction

ASKED = {
    "pair": ("192.168.1.2", "test1"),
    "bridge": ("10.0.0.2", "n0"),
    "outside": ("203.0.113.9", "n0"),
    "routers": ("10.0.2.2", "left"),
    "six": ("fd00:2::2", "a"),
    "tunnel": ("10.10.0.12", "c1"),
}


class Fault(NamedTuple):
    network: str
    asked: tuple
    lines: tuple
    found: str
    place: tuple
    words: frozenset
    """`small`: small packets get through. `then`: the fix alone does not restore the ping. `never`: it never worked."""


def read():
    """Yield the faults of faults.txt, each with its name."""
    text = (Path(__file__).parent / "faults.txt").read_text().partition("## ")[2]
    for part in text.split("\n## "):
        name, head, *lines = part.strip().splitlines()
        network, found, place, *words = head.replace(":", "", 1).split()
        asked = ASKED[network]
        if "asked" in words:
            at = words.index("asked")
            asked, words = (words[at + 1], None if words[at + 2] == "host" else words[at + 2]), words[at + 3 :]
        netns, _slash, ifname = place.partition("/")
        yield name, Fault(network, asked, tuple(lines), found, (netns, ifname), frozenset(words))


FINDINGS_WITHOUT_PROOF = ("wrong_gateway", "no_route")
"""Findings that no command's output has to show: the fault may be in an earlier router, or below a tunnel."""
FAULTS = dict(read())
CASES = [
    pytest.param(name, marks=pytest.mark.kinds if "kinds" in fault.words else ()) for name, fault in FAULTS.items()
]


def put_in(fault):
    """Put a fault in, and skip the test if it needs a kind of interface or rule that this Linux lacks."""
    try:
        run(*fault.lines)
    except subprocess.CalledProcessError as error:
        if "kinds" in fault.words:
            pytest.skip(f"this Linux does not do: {error.cmd[-1]}")
        raise


def test_there_are_many_kinds():
    """The faults have at least 25 kinds of finding."""
    assert len({fault.found for fault in FAULTS.values()}) >= 25


@pytest.mark.parametrize("is_forgotten", [False, True], ids=["known", "forgotten"])
@pytest.mark.parametrize("name", CASES)
def test_fault(name, is_forgotten):
    """The first finding has the right kind and place; `ping` and `journey` agree; the fix, run as calls, mends it."""
    fault = FAULTS[name]
    is_forgotten = is_forgotten and "known" not in fault.words
    getattr(networks, fault.network)()
    if "never" not in fault.words:
        settled(*fault.asked)
    put_in(fault)
    if is_forgotten:
        forget()
    time.sleep(0.05)  # Linux reports a lost carrier a moment later.
    if "small" not in fault.words:
        assert not answers(*fault.asked)

    started = time.monotonic()
    found = why(*fault.asked)

    print(f"{time.monotonic() - started:.2f} s", found, found.findings)
    assert not found.ok
    assert (fault.found, fault.place) == (found.findings[0].id, found.findings[0].place[:2])
    assert "nslab_why" not in tables()
    assert found.proof or fault.found in FINDINGS_WITHOUT_PROOF
    if fault.found in proof.SHOWN_BY:
        assert found.proof.text in typed(found.proof.command)
    if not is_forgotten:
        seen, heard = journey(*fault.asked, timeout_s=0.5), ping(*fault.asked, count=1, timeout_s=0.5)
        assert "" == contradiction(found.findings[0], seen, heard)
    for fix in found.findings[0].fix:
        done = eval(fix.call, vars(front))
        assert getattr(done, "status", 0) == 0, done
        assert done.command == fix.command or "netns_exec" in fix.call
    if "then" not in fault.words:
        assert answers(*fault.asked)
        assert why(*fault.asked).ok


def test_others_keep_their_route():
    """A default route that works is kept where only one network is behind another router."""
    fault = FAULTS["no route back in a router whose default route leads elsewhere"]
    networks.routers()
    put_in(fault)

    for fix in why(*fault.asked).findings[0].fix:
        eval(fix.call, vars(front))

    assert answers(*fault.asked)
    assert answers("203.0.113.1", "r2")
    assert "default via 203.0.113.1" in typed("ip -n r2 route")


def typed(line):
    """Return the output of a shell line."""
    return subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout


def tables():
    """Return the nftables tables of all namespaces."""
    lines = [["nft", "list", "tables"], ["ip", "-all", "netns", "exec", "nft", "list", "tables"]]
    return "".join(subprocess.run(line, capture_output=True, text=True, check=True).stdout for line in lines)
