"""Events: tells in which namespace something has changed, whoever did it."""

import errno
import subprocess
from pathlib import Path

import pytest

from nslab_kernel.linux import events
from nslab_kernel.linux.events import Events
from nslab_kernel.network.settle import settle
from tests.live.shell import end, inside, sh, sleeper_apart, two_namespaces

QUIET_S = 1.2
"""Linux reports the state of a veth up to a second late."""


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def heard(events, where=frozenset()):
    """Return where something has changed, once all of `where` is among it and nothing more comes."""
    found = set()
    while (more := events.wait(QUIET_S)) or not where <= found:
        found |= more.keys()
    return found


CHANGES = [
    (("-n", "test1", "link", "set", "dev", "veth-test1", "mtu", "1400"), {"test1"}),
    (("-n", "test1", "addr", "add", "10.0.0.1/8", "dev", "veth-test1"), {"test1"}),
    (("-n", "test1", "route", "add", "default", "via", "192.168.1.2"), {"test1"}),
    (("-n", "test1", "neigh", "add", "192.168.1.9", "lladdr", "02:00:00:00:00:99", "dev", "veth-test1"), {"test1"}),
    (("link", "add", "dev", "lab0", "type", "bridge"), {"host"}),
    (("netns", "exec", "test2", "sysctl", "-qw", "net.ipv4.ip_forward=1"), {"test2"}),
    (("-n", "test1", "link", "set", "dev", "veth-test1", "netns", "1"), {"test1", "test2", "host"}),
    (("netns", "add", "test3"), {"test3"}),
]


@pytest.mark.parametrize(("command", "where"), CHANGES, ids=lambda x: " ".join(x) if isinstance(x, tuple) else "")
def test_each_change_is_told_where_it_is(command, where):
    """A change made by `ip` is reported for its namespaces, and for no other."""
    two_namespaces()
    settle()
    with Events() as events:
        heard(events)
        subprocess.run(["ip", *command], check=True)

        assert where == heard(events, where)


def test_a_namespace_that_goes_is_told_and_let_go():
    """A deleted namespace is reported and not kept alive, and the cable's other end goes with it."""
    two_namespaces()
    settle()
    with Events() as events:
        heard(events)
        before = descriptors()
        sh("netns del test1")

        assert {"test1", "test2"} == heard(events, {"test1", "test2"})
        assert ["host", "test2"] == list(events.namespaces)
        assert before == descriptors()
        assert "veth" not in subprocess.check_output(["ip", "-n", "test2", "link"], text=True)


def test_the_same_name_for_another_namespace():
    """If a namespace is deleted and made anew between two looks, the new one is watched."""
    sh("netns add test1")
    with Events() as events:
        first = events.namespaces["test1"]
        sh("netns del test1", "netns add test1")
        heard(events, {"test1"})
        inside("test1", "link set dev lo up")

        assert {"test1"} == heard(events, {"test1"})
        assert first != events.namespaces["test1"]


def test_a_link_to_a_namespace_elsewhere():
    """A symbolic link in /run/netns, as people make for a container, counts as a named namespace."""
    sleeper = sleeper_apart()
    with Events() as events:
        Path("/run/netns/box").symlink_to(f"/proc/{sleeper.pid}/ns/net")

        assert {"box"} == heard(events, {"box"})
        Path("/run/netns/box").unlink()
        assert {"box"} == heard(events, {"box"})
    end(sleeper)


def test_a_burst_loses_nobody():
    """Three hundred cables are added while nobody reads the sockets, and the namespace is still reported."""
    with Events() as events:
        sh(*(f"link add dev a{n} type veth peer name b{n}" for n in range(300)))

        assert {"host"} == heard(events, {"host"})
        sh("link add dev c type veth peer name d")
        assert {"host"} == heard(events, {"host"})


def test_waking_ends_the_waiting():
    """wake() ends wait() at once, with an empty result."""
    with Events() as events:
        events.wake()

        assert {} == events.wait(10)


def test_what_fails_at_the_start_leaves_no_descriptor(monkeypatch):
    """The process may have no file descriptor left if there are many namespaces."""

    def full(*_arguments):
        raise OSError(errno.EMFILE, "Too many open files")

    before = descriptors()
    monkeypatch.setattr(events, "open_multicast_socket", full)
    with pytest.raises(OSError, match="Too many"):
        Events()
    assert before == descriptors()


def test_closing_leaves_no_descriptor():
    """Opening and closing two hundred times leaves no file descriptor open."""
    two_namespaces()
    before = descriptors()
    for _ in range(200):
        Events().close()

    assert before == descriptors()
