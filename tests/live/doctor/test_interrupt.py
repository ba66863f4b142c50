"""An interrupted why() stops at once, and leaves nothing behind."""

import subprocess
from dataclasses import replace

import pytest

from nslab_kernel.doctor.why import why
from nslab_kernel.network.settle import settle
from tests.live.doctor import networks
from tests.live.doctor.networks import run
from tests.live.shell import interrupt_when


def kept():
    """Return the namespaces of the lab, without the neighbour entries, which are learnt."""
    return {name: replace(namespace, neighbours=()) for name, namespace in settle().namespaces.items()}


def tables():
    """Return the nftables tables of test2, as words."""
    line = ["ip", "netns", "exec", "test2", "nft", "list", "tables"]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.split()


def test_the_table_that_traces_goes():
    """An interrupt while why() traces a packet removes its table, and ends the nft process that owns the table."""
    networks.pair()
    run(
        "ip netns exec test2 nft 'add table inet f; add chain inet f c { type filter hook input priority 0; };"
        " add rule inet f c icmp type echo-request drop'"
    )
    before = kept()
    interrupt_when(lambda: "nslab_why" in tables())
    with pytest.raises(KeyboardInterrupt):
        why("192.168.1.2", "test1")
    assert ["table", "inet", "f"] == tables()
    assert before == kept()
    assert [] == [line for line in processes() if line.startswith("nft")]
    assert "filter_drop" == why("192.168.1.2", "test1").findings[0].id
    assert before == kept()


def processes():
    return subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout.splitlines()
