"""The live widgets without a page: what they show, and what they leave behind."""

import asyncio
import gc
import os
import resource
import subprocess
import threading
import time
from functools import partial
from pathlib import Path

import pytest

import nslab_kernel
from nslab_kernel import break_it, ping_live, topology_live
from nslab_kernel.errors import BadValue, LabError, NoNamespace
from nslab_kernel.jupyter import live_diagram, live_topology
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.model.network import End
from tests import networks
from tests.golden.pictures import on_bridges
from tests.live.shell import address, inside, sh, star, two_namespaces


def labels(picture):
    return [part["label"] for namespace in picture["namespaces"] for part in (namespace, *namespace["interfaces"])]


def wait_until(what, limit_s=60):
    deadline = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def hear(live, what, page="a"):
    """Give a live widget a message as from a page."""
    live._on_message(None, {"type": what, "page": page}, None)


def opened():
    """Return a live picture that a page shows."""
    live = topology_live()
    hear(live, "open")
    return live


def watches():
    """Return how many threads watch the network."""
    return sum(thread.name == "nslab-watch" for thread in threading.enumerate())


def left():
    """Return the numbers of threads and file descriptors, and the memory in kilobytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return (
        threading.active_count(),
        len(list(Path("/proc/self/fd").iterdir())),
        pages * os.sysconf("SC_PAGESIZE") // 1024,
    )


def children():
    """Return the pids of the pings that this process has started."""
    found = subprocess.run(["pgrep", "-P", str(os.getpid()), "-x", "ping"], capture_output=True, text=True, check=False)
    return found.stdout.split()


def test_the_picture_follows_whoever_changes_it():
    """A change by `ip` appears in the picture, and in the sentence for screen readers."""
    live = opened()
    sh("netns add test1")
    wait_until(lambda: any("test1" in label for label in labels(live.picture)))
    wait_until(lambda: "test1" in live.picture["said"])
    sh("netns del test1")
    wait_until(lambda: "gone" in live.picture["said"])
    live.close()


def test_the_next_change_can_be_awaited():
    """`await` returns the network after the next change; a cancelled `await` changes nothing."""
    live = opened()

    async def wait_for_it():
        task = asyncio.ensure_future(_wait(live))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        task = asyncio.ensure_future(_wait(live))
        await asyncio.sleep(0.05)
        sh("netns add test1")
        return await task

    assert "test1" in asyncio.run(wait_for_it()).network.namespaces
    assert any("test1" in label for label in labels(live.picture))
    live.close()


def test_what_comes_shortly_after_does_not_hide_what_was_first(monkeypatch):
    """A screen reader gets one sentence a second at most, so the sentence has all changes since the last one."""
    monkeypatch.setattr(live_topology, "SPOKEN_S", 60)
    live = opened()
    sh("netns add test1")
    wait_until(lambda: "test1" in live.picture["said"])
    sh("netns add test2")
    wait_until(lambda: "test2" in live.picture["said"])

    assert "test1" in live.picture["said"]
    live.close()


def test_a_fault_that_is_to_be_found_is_not_pointed_out():
    """The picture shows the network after break_it(), but marks and says nothing about the change."""
    two_namespaces()
    live = opened()
    before = labels(live.picture)
    break_it(seed=1)
    wait_until(lambda: labels(live.picture) != before)

    assert not live.picture["marked"]
    assert "" == live.picture["said"]
    sh("netns add test9")
    wait_until(lambda: live.picture["marked"] and "test9" in live.picture["said"])
    live.close()


def test_things_keep_their_places():
    """A third namespace does not move anything else in the picture."""
    two_namespaces()
    live = opened()
    before = {
        part["id"]: part["origin"]
        for namespace in live.picture["namespaces"]
        for part in (namespace, *namespace["interfaces"])
    }
    sh("netns add test3")
    wait_until(lambda: any("test3" in label for label in labels(live.picture)))
    after = {
        part["id"]: part["origin"]
        for namespace in live.picture["namespaces"]
        for part in (namespace, *namespace["interfaces"])
    }

    assert {name: after[name] for name in before} == before
    live.close()


def test_an_action_is_the_function():
    """The card of an interface offers to set it down, and the button calls the function."""
    two_namespaces()
    live = opened()
    live.handle("select", {"id": "interface test1/veth-test1"})

    assert ["Set it down", 'link_down("veth-test1", netns="test1")'] == list(live.details["actions"][0])
    live.handle("run", {"line": live.details["actions"][0][1]})
    assert "state DOWN" in subprocess.check_output(
        ["ip", "-n", "test1", "link", "show", "dev", "veth-test1"], text=True
    )
    wait_until(lambda: "link_up" in live.details["actions"][0][1])
    live.handle("run", {"line": 'link_down("veth-test1", netns="test1")'})
    assert "link_up" in live.details["actions"][0][1]
    live.handle("select", {"id": "interface nowhere/nothing"})
    live.handle("select", {"id": ""})
    live.close()


def test_an_offered_line_can_be_pasted_whatever_a_name_is():
    """The offered line works even if a namespace made by `ip` has quotation marks in its name."""
    netns = "odd\"one's"
    subprocess.run(["ip", "netns", "add", netns], check=True)
    live = opened()
    live.handle("select", {"id": f"namespace {netns}"})
    (line,) = [line for _label, line in live.details["actions"] if line.startswith("link_up")]

    change = eval(line, {"link_up": nslab_kernel.link_up})
    assert change.after.link("lo", netns).up
    live.close()


def test_it_rests_when_its_last_page_closes_and_wakes_with_the_next():
    """The picture follows the network until its second page closes, and again when a page opens."""
    live = opened()
    hear(live, "open", "b")
    hear(live, "close")
    assert 1 == watches()
    hear(live, "close", "b")
    assert 0 == watches()
    sh("netns add test1")
    hear(live, "open", "c")
    wait_until(lambda: any("test1" in label for label in labels(live.picture)))
    live.close()


def test_a_page_that_closes_before_its_opening_is_heard():
    """A page's first message may wait in the main shell and arrive after its last one; then it counts as closed."""
    live = topology_live()
    hear(live, "close")
    hear(live, "open")

    assert 0 == watches()
    hear(live, "open")
    assert 1 == watches()
    live.close()


def test_all_share_one_watch():
    """Twenty open pictures share one thread and its sockets, which end with the last picture."""
    two_namespaces()
    opened().close()
    before = left()[:2]
    first = opened()
    wait_until(lambda: shared_watch.network)
    one = left()[:2]
    others = [opened() for _ in range(19)]
    assert one == left()[:2]
    first.close()
    sh("netns add test3")
    for live in others:
        wait_until(lambda live=live: any("test3" in label for label in labels(live.picture)))
        live.close()
    assert before == left()[:2]


def test_who_waits_without_a_page_is_the_last_to_be_followed_for():
    """A picture that is only awaited watches the network just while it is awaited."""
    live = topology_live()

    async def wait_for_it():
        task = asyncio.ensure_future(_wait(live))
        await asyncio.sleep(0.05)
        assert 1 == watches()
        sh("netns add test1")
        return await task

    assert "test1" in asyncio.run(wait_for_it()).network.namespaces
    wait_until(lambda: watches() == 0)
    live.close()


@pytest.fixture
def no_more_files():
    """Yield a function that lets this process open no more files, and one that allows it again."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)

    def forbid():
        held = {int(path.name) for path in Path("/proc/self/fd").iterdir()}
        lowest = next(number for number in range(limits[1]) if number not in held)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, limits[1]))

    allow = partial(resource.setrlimit, resource.RLIMIT_NOFILE, limits)
    yield forbid, allow
    allow()


def test_a_watch_that_fails_says_why_and_comes_back(no_more_files):
    """With too few open files the picture says why it stopped and what to try; opened again, it goes on."""
    forbid, allow = no_more_files
    live = opened()
    wait_until(lambda: shared_watch.network)
    forbid()
    os.system("ip netns add test1")  # subprocess would need a pipe
    wait_until(lambda: live.failure)
    assert "This picture no longer follows the network." in live.failure
    assert "files open at a time" in live.failure
    assert "resource.setrlimit(resource.RLIMIT_NOFILE, (" in live.failure
    assert "Too many open files (EMFILE)" in live.failure
    wait_until(lambda: watches() == 0)

    allow()
    again = opened()
    sh("netns add test2")
    wait_until(lambda: any("test2" in label for label in labels(again.picture)))
    hear(live, "open", "b")
    wait_until(lambda: any("test2" in label for label in labels(live.picture)))
    assert not live.failure
    live.close()
    again.close()


def test_who_waits_hears_that_the_watch_has_failed(no_more_files):
    """A cell that awaits the next change gets an error instead of waiting for ever."""
    forbid, allow = no_more_files
    live = topology_live()

    async def wait_for_it():
        forbid()
        try:
            await asyncio.wait_for(_wait(live), 60)
        finally:
            allow()

    with pytest.raises(LabError, match="no longer follows"):
        asyncio.run(wait_for_it())
    live.close()


def test_a_picture_that_cannot_be_drawn_says_so(monkeypatch):
    """A picture that fails shows its error, and other pictures go on."""
    lives = opened(), opened()

    def refuse(*_args):
        raise ValueError("no such shape")

    monkeypatch.setattr(lives[0]._diagram, "draw", refuse)
    sh("netns add test1")
    wait_until(lambda: lives[0].failure)
    assert "ValueError: no such shape" in lives[0].failure
    wait_until(lambda: any("test1" in label for label in labels(lives[1].picture)))
    assert not lives[1].failure
    for live in lives:
        live.close()


def test_two_hundred_openings_leave_nothing():
    """Two hundred pictures, opened and closed, leave no thread, file descriptor or memory in use."""
    two_namespaces()
    for _ in range(20):
        opened().close()
    threads, descriptors, memory = left()
    for _ in range(200):
        opened().close()
    after = left()

    assert (threads, descriptors) == after[:2]
    assert after[2] - memory < 4000


def test_a_ping_runs_to_its_end():
    """A ping ends after its count, and can be awaited."""
    two_namespaces()
    ping = ping_live("192.168.1.2", netns="test1", count=3, interval_s=0.1)
    result = asyncio.run(_wait(ping))

    assert (3, 3, 0) == (result.sent, result.received, result.status)
    wait_until(lambda: not ping.running)
    assert "3 sent, 0 lost" in ping.facts
    ping.close()


async def _wait(ping):
    return await ping


def test_a_ping_is_stopped_and_started():
    """stop() ends the process at once, and start() begins a new ping."""
    two_namespaces()
    ping = ping_live("192.168.1.2", netns="test1", interval_s=0.05)
    wait_until(lambda: ping.result.received >= 3)
    result = ping.stop()

    assert result.received >= 3
    assert not ping.running
    assert [] == children()
    ping.start()
    assert ping.running
    wait_until(lambda: ping.result.received >= 1)
    ping.close()
    assert [] == children()


def test_a_ping_that_cannot_start_again_says_why():
    """If the namespace is gone, the page is told so, and the button Start is offered again."""
    two_namespaces()
    ping = ping_live("192.168.1.2", netns="test1", interval_s=0.05)
    ping.stop()
    sh("netns del test1")

    with pytest.raises(NoNamespace):
        ping.start()
    assert not ping.running
    ping.handle("start", {})
    assert not ping.running
    assert "There is no network namespace test1." in ping.facts
    ping.close()


def test_losses_are_seen_while_it_runs():
    """Lost packets are counted while the ping still runs."""
    two_namespaces()
    ping = ping_live("192.168.1.2", netns="test1", interval_s=0.1)
    wait_until(lambda: ping.result.received >= 2)
    inside("test2", "link set dev veth-test2 down")
    wait_until(lambda: ping.result.lost >= 2)

    assert ping.running
    ping.close()


def test_awaiting_can_be_cancelled():
    """A cancelled `await` ends the ping."""
    two_namespaces()
    ping = ping_live("192.168.1.2", netns="test1", interval_s=0.1)

    async def cancelled():
        task = asyncio.ensure_future(_wait(ping))
        await asyncio.sleep(0.3)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    assert not ping.running
    ping.close()


def test_its_packets_are_shown_in_the_live_picture():
    """Request and reply move along the cable; if the cable is cut, the request ends at the sender's interface."""
    two_namespaces()
    live, flights = opened(), []
    live.send = flights.append
    ping = ping_live("192.168.1.2", netns="test1", interval_s=0.1)
    wait_until(lambda: flights)

    assert ["packet", 2, False] == [flights[0]["type"], len(flights[0]["routes"]), flights[0]["lost"]]
    assert flights[0]["routes"][0] == flights[0]["routes"][1][::-1]
    inside("test2", "link set dev veth-test2 down")
    wait_until(lambda: flights[-1]["lost"])
    ping.close()
    live.close()


def test_a_stack_is_opened_and_closed():
    """An opened stack shows its namespaces one by one in its frame; closed, they are one box again.

    A stack closes when its namespaces are gone, or when it is opened a second time.
    """
    star(8)
    live = opened()
    ids = lambda: [namespace["id"] for namespace in live.picture["namespaces"]]  # noqa: E731
    wait_until(lambda: ids() == ["namespace host", "namespace /lab0"])  # alike once all cables have carrier
    stack = next(namespace for namespace in live.picture["namespaces"] if namespace["opens"])

    assert [""] == [socket["label"] for socket in stack["interfaces"]]
    assert "8 namespaces alike" in stack["label"]
    live.handle("open-stack", {"id": stack["opens"]})
    assert ["namespace host", "namespace /lab0", *(f"namespace n{n}" for n in range(8))] == ids()
    assert ["", ""] == [live.picture["namespaces"][1][about] for about in ("label", "opens")]
    assert {"id": "namespace /lab0", "first": "namespace n0", "label": "Close n0 … n7"} == live.picture["opened"]
    for stack in ("", "/lab0", "/lab0"):
        live.handle("open-stack", {"id": stack})
    assert ["namespace host", "namespace /lab0"] == ids()
    assert {} == live.picture["opened"]
    live.handle("open-stack", {"id": "/lab0"})
    sh("netns del n7", "netns del n6", "netns del n5")

    def is_closed():
        live.handle("unmark", {})  # as a page does: deleted namespaces stay marked for some seconds
        return "namespace n5" not in ids() and live.picture["opened"] == {}

    wait_until(is_closed)
    live.close()


def test_stacks_keep_their_places():
    """An opened stack's namespaces stand in its place, and the stacks keep their order."""
    rows, pictures = {}, live_diagram.LiveDiagram()
    for stack in ("", "/br-d", "/br-c", "", "/br-f", ""):
        pictures.open(stack)
        drawn = pictures.draw(on_bridges("cdef", 8), None)
        found = [namespace["id"].removeprefix("namespace ") for namespace in drawn["namespaces"]]
        assert found == rows.setdefault(stack, found)
        inner = [f"{stack[-1:]}{n}" for n in range(1, 9)] if stack else []
        assert rows[""] == [name for name in found if name not in inner]
        assert set(inner) <= set(found)


@pytest.mark.parametrize("far", [(), (End("test2", "veth-test2"),)])
def test_a_packet_is_lost_on_the_cable(far):
    """The cross for a lost packet covers no interface: it is beside the end that the packet did not leave or enter."""
    pictures = live_diagram.LiveDiagram()
    drawn = pictures.draw(networks.two_namespaces(), None)
    boxes = [interface["box"] for namespace in drawn["namespaces"] for interface in namespace["interfaces"]]
    x, y = pictures.packet_route((End("test1", "veth-test1"), *far), lost=True)[-1]

    assert len(boxes) >= 2
    assert not any(left - 7 < x < left + width + 7 and top < y < top + height for left, top, width, height in boxes)


def test_packets_travel_to_the_stack_and_back():
    """Between two namespaces of one stack the packet moves from the stack to the bridge and back."""
    star(8)
    live, flights = opened(), []
    live.send = flights.append
    ping = ping_live(address(5), netns="n2", interval_s=0.1)
    wait_until(lambda: flights)
    stack = next(namespace for namespace in live.picture["namespaces"] if namespace["opens"])["interfaces"][0]
    x, y, width, height = stack["box"]
    middle = (x + width / 2, y + height / 2)

    there, back = flights[0]["routes"]
    assert (middle, middle) == (there[0], there[-1])
    assert len(set(there)) > 2
    assert there == back[::-1]
    live.handle("open-stack", {"id": "/lab0"})
    wait_until(lambda: flights[-1]["routes"][0][0] != middle)
    assert flights[-1]["routes"][0][0] != flights[-1]["routes"][0][-1]
    ping.close()
    live.close()


def test_bad_arguments():
    """Wrong arguments raise an error before a ping is started."""
    with pytest.raises(BadValue):
        ping_live("example.org")
    with pytest.raises(NoNamespace):
        ping_live("127.0.0.1", netns="nowhere")


def test_a_hundred_namespaces():
    """A large lab is followed too."""
    star(40)
    live = opened()
    sh("link set dev v7 down")
    wait_until(lambda: "v7" in live.picture["said"])
    live.close()
