"""The stop button at a random moment leaves the lab as before the call or as after it, and working."""

import random
import signal
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

import nslab_kernel as nslab
from nslab_kernel import build, front, lab_reset, netns_add, netns_del, snapshot, undo
from nslab_kernel.linux import namespaces
from nslab_kernel.network.config_equality import comparable
from tests.endurance.length import SEED, length
from tests.networks import bridged, two_namespaces

ROUNDS = length(2, 50)
NAMES = {**vars(front), "LARGER": bridged()}
CALLS = """
netns_add("new")
netns_del("test1")
netns_exec("test1", "ip link set dev lo up")
veth_add("a", "b", peer_netns="test1")
link_add("ifb", "d", netns="test1")
link_up("lo", "test1")
link_down("veth-test1", "test1")
link_del("veth-test1", "test1")
link_rename("veth-test1", "v", "test1")
link_set_netns("veth-test1", None, "test1")
link_set_mtu("veth-test1", 1400, "test1")
link_set_mac("veth-test1", "02:00:00:00:09:09", "test1")
link_set_master("port", "lab7")
link_set_nomaster("joined")
bridge_add("lab8")
addr_add("10.7.0.1/24", "veth-test1", "test1")
addr_del("192.168.1.1/24", "veth-test1", "test1")
addr_flush("veth-test1", "test1")
route_add("10.8.0.0/16", "192.168.1.2", netns="test1")
route_del("10.5.0.0/16", netns="test1")
rule_add("10.0.0.0/8", table=100, netns="test1")
rule_del(priority=77, netns="test1")
neigh_replace("192.168.1.9", "02:00:00:00:00:09", "veth-test1", "test1")
neigh_del("192.168.1.7", "veth-test1", "test1")
neigh_flush("veth-test1", "test1")
bridge_fdb_append("02:00:00:00:00:01", "joined", master=True)
bridge_fdb_del("02:00:00:00:00:02", "joined", master=True)
sysctl_set("net.ipv4.ip_forward", 1, "test1")
build(LARGER)
undo()
lab_reset()
""".strip().splitlines()


def interrupted(line, after_s):
    """Run a call and send SIGINT after `after_s` seconds, even if the call has ended by then."""
    timer = threading.Timer(after_s, signal.pthread_kill, (threading.main_thread().ident, signal.SIGINT))
    with suppress(KeyboardInterrupt):
        timer.start()
        eval(line, NAMES)
        timer.join()
        time.sleep(1)


@pytest.mark.limit(1200)
@pytest.mark.parametrize("line", CALLS)
def test_interrupts_at_random_moments(line):
    """An interrupt at any moment leaves no half change and no stale name in /run/netns, and undo() still works."""
    before = prepare()
    start = time.monotonic()
    eval(line, NAMES)
    took_s = time.monotonic() - start
    after = now()
    begin_again(line, before)
    moments = random.Random(f"{SEED} {line}")

    for _round in range(ROUNDS):
        interrupted(line, moments.uniform(0, 1.1 * took_s))

        assert now() in (before, after), (line, now())
        assert set(namespaces.entries()) == set(namespaces.names())
        begin_again(line, before)
        assert now() == before


def prepare():
    """Make the lab on which the calls work; return its state."""
    lab_reset()
    build(two_namespaces())
    nslab.bridge_add("lab7")
    nslab.veth_add("port", "joined")
    nslab.link_set_master("joined", "lab7")
    nslab.bridge_fdb_append("02:00:00:00:00:02", "joined", master=True)
    nslab.route_add("10.5.0.0/16", "192.168.1.2", netns="test1")
    nslab.rule_add("10.0.0.0/8", table=100, priority=77, netns="test1")
    nslab.neigh_replace("192.168.1.7", "02:00:00:00:00:07", "veth-test1", "test1")
    return now()


def begin_again(line, before):
    """Restore the lab as it was before a call, by ordinary steps."""
    if line in ("undo()", "lab_reset()"):
        netns_add("other")
        netns_del("other")
        prepare()
    elif now() != before:
        undo()


def now():
    """Return the lab's state without ifindexes and random MAC addresses, which differ each time something is made."""
    return {name: shape(namespace) for name, namespace in comparable(snapshot()).namespaces.items()}


def shape(namespace):
    links = sorted(
        (link.ifname, link.kind, link.mtu, link.master or "", link.up, *given(link)) for link in namespace.links
    )
    entries = Counter(entry.shown_by for entry in namespace.entries)
    return links, set(namespace.routes), entries, namespace.ip_forward, namespace.sysctls


def given(link):
    return link.addresses, link.peer or ("", ""), link.mac if link.mac.startswith("02:00:00") else "drawn"
