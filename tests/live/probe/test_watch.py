"""NetworkWatch: gives a new Network after each change, equal to a snapshot."""

import queue
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

from nslab_kernel import container_rm, container_run
from nslab_kernel.linux.events import Events
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.probe.network_watch import NetworkWatch
from tests.live.shell import inside, sh, star, two_namespaces


@pytest.fixture
def watched():
    """Yield a queue of the Networks that a watch gives."""
    told = queue.SimpleQueue()
    watch = NetworkWatch(told.put)
    yield told
    watch.stop()


def caught_up(told):
    """Wait until the watch gives what snapshot() reads, and return it."""
    network = told.get()
    while network != snapshot():
        network = told.get()
    return network


STORY = [
    lambda: sh("netns add test1", "netns add test2"),
    lambda: sh("link add dev veth-test1 type veth peer name veth-test2"),
    lambda: sh("link set dev veth-test1 netns test1"),
    lambda: sh("link set dev veth-test2 netns test2"),
    lambda: inside("test1", "addr add 192.168.1.1/24 dev veth-test1", "link set dev veth-test1 up"),
    lambda: inside("test2", "addr add 192.168.1.2/24 dev veth-test2", "link set dev veth-test2 up"),
    lambda: subprocess.run(["ip", "netns", "exec", "test1", "ping", "-qc1", "192.168.1.2"], check=True),
    lambda: inside("test2", "link set dev veth-test2 name eth0"),
    lambda: inside("test2", "link set dev eth0 down"),
    lambda: inside("test1", "link set dev veth-test1 netns 1"),
    lambda: sh("netns add test3", "link set dev veth-test1 netns test3"),
    lambda: sh("netns del test3"),
    lambda: sh("netns del test1", "netns del test2"),
]


def test_it_always_says_what_a_snapshot_says(watched):
    """Through the tutorial's steps and more, the watch's last Network equals one that is read completely."""
    caught_up(watched)
    for step in STORY:
        step()
        caught_up(watched)


def test_a_message_that_reaches_the_lab_a_moment_later(watched, monkeypatch):
    """If the lab's socket hears of a change after the watch's own, the watch still sees it, without another change."""
    caught_up(watched)
    look, missed = Events.look, []

    def late(events):
        if missed:
            return look(events)
        missed.append(events)
        return {}

    monkeypatch.setattr(Events, "look", late)
    sh("netns add test1")

    assert "test1" in watched.get(timeout=60).namespaces
    assert missed


def test_a_star_follows(watched):
    """The watch sees thirty namespaces on a bridge appear, and one port leave the bridge."""
    star(30)
    assert 31 == len(caught_up(watched).namespaces)
    sh("link set dev v7 nomaster")
    assert caught_up(watched).link("v7").master is None


def test_nothing_changed_nothing_told(watched):
    """A command that changes nothing gives no new Network."""
    two_namespaces()
    network = caught_up(watched)
    while not all(network.link(f"veth-test{n}", f"test{n}").operstate == "UP" for n in (1, 2)):
        network = caught_up(watched)
    inside("test1", "link set dev veth-test1 up")

    with pytest.raises(queue.Empty):
        watched.get(timeout=1)


def test_stopping_leaves_nothing():
    """Two hundred watches leave no thread and no file descriptor."""
    two_namespaces()
    NetworkWatch(lambda network: None).stop()  # the first snapshot() opens descriptors that it keeps
    before = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(200):
        NetworkWatch(lambda network: None).stop()

    assert before == (threading.active_count(), len(list(Path("/proc/self/fd").iterdir())))


@pytest.mark.limit(30)
def test_a_stopped_one_stops_at_once_even_in_a_storm():
    """An endless stream of changes does not delay stop()."""
    told = queue.SimpleQueue()
    watch = NetworkWatch(told.put)
    lines = subprocess.Popen(
        ["yes", *(f"link set dev lo mtu {mtu}\n" for mtu in range(1500, 1600))], stdout=subprocess.PIPE
    )
    storm = subprocess.Popen(["ip", "-batch", "-"], stdin=lines.stdout)
    for _ in range(3):
        told.get()
    watch.stop()
    for process in (storm, lines):
        process.kill()
        process.wait()


@pytest.mark.skipif(not shutil.which("dockerd", path="/usr/sbin:/usr/bin"), reason="dockerd is not installed")
def test_a_container_comes_and_goes(watched):
    """A container's start and end each give a new Network."""
    container_run("busybox_1")
    assert "busybox_1" in caught_up(watched).namespaces
    container_rm("busybox_1")
    assert "busybox_1" not in caught_up(watched).namespaces
