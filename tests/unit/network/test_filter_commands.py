"""Converting a filter as `tc filter show` prints it into the command that makes it."""

import pytest

from nslab_kernel.linux.entries import FILTER
from nslab_kernel.model.entry import Entry
from nslab_kernel.network.entry_commands import commands

IN, GACT = "ffff:fff2", "gact action drop random type none pass val 0 index 1 ref 1 bind 1"


@pytest.mark.parametrize(
    ("shown", "made"),
    [
        (
            f"parent {IN} protocol all pref 49152 matchall chain 0 handle 0x1 not_in_hw action order 1: {GACT}",
            f"parent {IN} protocol all pref 49152 handle 0x1 matchall action gact drop",
        ),
        (
            f"parent {IN} protocol ip pref 7 flower chain 0 handle 0x1 eth_type ipv4 ip_proto udp dst_ip 10.0.0.0/8 "
            f"not_in_hw action order 1: {GACT}",
            f"parent {IN} protocol ip pref 7 handle 0x1 flower ip_proto udp dst_ip 10.0.0.0/8 action gact drop",
        ),
        (
            f"parent {IN} protocol ip pref 5 u32 chain 0 fh 800::800 order 2048 key ht 800 bkt 0 terminal flowid "
            "not_in_hw match 00500000/ffff0000 at 20 action order 1: mirred (Egress Redirect to device lo) stolen "
            "index 1 ref 1 bind 1",
            f"parent {IN} protocol ip pref 5 handle 800::800 u32 match u32 0x00500000 0xffff0000 at 20 "
            "action mirred egress redirect dev lo",
        ),
        (
            "parent 1: protocol ip pref 1 fw chain 0 handle 0x7 classid 1:1",
            "parent 1: protocol ip pref 1 handle 0x7 fw classid 1:1",
        ),
    ],
)
def test_a_filter_is_given_back_to_tc(shown, made):
    """The command has the filter's arguments, without the words that tc only prints."""
    told = commands(Entry(FILTER, f"filter {shown} dev p0", b""))

    assert f"tc filter add dev p0 {made}" == " ".join(told.make)
    assert "tc filter del dev p0 " == " ".join(told.delete)[:21]


@pytest.mark.parametrize("shown", ["bpf chain 0 handle 0x1 x", "matchall chain 0 handle 0x1 action order 1: simple x"])
def test_what_no_line_can_make_again_is_a_comment(shown):
    """For a filter or an action that tc prints in other words than it reads, the commands are comments."""
    told = commands(Entry(FILTER, f"filter parent {IN} protocol all pref 1 {shown} dev p0", b""))

    assert "#" == told.make[0] == told.delete[0]
