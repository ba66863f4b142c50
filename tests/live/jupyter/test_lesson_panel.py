"""The lesson panel without a page: which step is done, what it says, what it leaves."""

import json
import threading

import pytest

from nslab_kernel import (
    BadValue,
    break_it,
    check_fix,
    fault_hint,
    goto,
    hint,
    lesson,
    lesson_report,
    link_set_netns,
    ping,
    veth_add,
)
from nslab_kernel.jupyter import lesson_panel
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.lessons import progress
from nslab_kernel.model.network import HOST
from nslab_kernel.network.snapshot import with_neighbours
from tests.live.jupyter.test_live_widgets import hear, wait_until
from tests.live.shell import inside, sh, shell


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Keep the file of progress, which lies beside the notebook, in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_records", None)
    monkeypatch.setattr(progress, "_watchers", [])
    monkeypatch.setattr(lesson_panel, "_opened", {})
    return tmp_path


@pytest.fixture
def panel():
    """Yield a function that opens a lesson's panel as a page does; the panels are closed at the end."""
    made = []

    def opened(number):
        made.append(lesson(number))
        hear(made[-1], "open")
        wait_until(lambda: shared_watch.network)
        return made[-1]

    yield opened
    for each in made:
        each.close()


def state(panel, step):
    return next(one["state"] for one in panel.lesson["steps"] if one["id"] == step)


def test_a_step_ticks_whoever_does_it(panel):
    """`ip` in a terminal completes step 0.2; when that is undone, the step is marked as lost."""
    live = panel(0)
    assert ["look", "open", "open", "look", "open"] == [one["state"] for one in live.lesson["steps"]]
    sh("link add dev a type veth peer name b")
    wait_until(lambda: state(live, "0.2") == "done")
    assert "Step 0.2 is done" in live.lesson["said"]
    sh("link del dev a")
    wait_until(lambda: state(live, "0.2") == "lost")
    wait_until(lambda: state(live, "0.3") == "done")
    assert (2, 3) == (live.lesson["done"], live.lesson["count"])


def test_the_panel_does_not_tell_what_break_it_broke(panel):
    """After break_it() no step is marked as lost until the fault is mended, because that would tell where it is."""
    live = panel(3)
    goto("3.10")
    wait_until(lambda: state(live, "3.9") == "done")
    break_it(seed=1)
    sh("link add dev a type veth peer name b")
    wait_until(lambda: "a" in {link.ifname for link in shared_watch.network.namespaces[HOST].links})
    assert "lost" not in {one["state"] for one in live.lesson["steps"]}
    sh("link del dev a")
    for line in fault_hint().fault.mends:
        shell(line)
    assert check_fix()
    inside("test1", "link set dev veth-test1 down")
    wait_until(lambda: state(live, "3.9") == "lost")


def test_an_open_step_tells_its_facts_and_hints_up_to_the_line(panel):
    """The step shows its facts; each press gives one more hint, and the last one is the line itself."""
    live = panel(3)
    veth_add("veth-test1", "veth-test2")
    live.handle("step", {"id": "3.5"})
    wait_until(lambda: "in the host" in live.about["html"])
    assert all(words in live.about["html"] for words in ("veth-test1", "in test1", "link_show"))
    given = []
    while live.about["more"]:
        live.handle("hint", {"id": "3.5"})
        given.append(live.about["hint"])
    assert 'link_set_netns("veth-test1", "test1")' in given[-1].replace("&#34;", '"')
    assert len(given) == progress.record("3.5").hints
    live.handle("step", {"id": "3.5"})
    assert {"id": ""} == live.about


def test_an_open_step_follows_the_network(panel):
    """When a fact becomes true, the open step shows that without a press, and offers no hint any more."""
    live = panel(3)
    goto("3.5")
    live.handle("step", {"id": "3.5"})
    assert "differs" in live.about["html"]
    assert live.about["more"]
    link_set_netns("veth-test1", "test1")
    wait_until(lambda: "differs" not in live.about["html"])
    assert not live.about["more"]


def test_a_ping_is_tried_only_where_a_packet_was_before(panel):
    """Before the learner pings, the panel sends nothing, and asks for no neighbour; after one ping the step is done."""
    live = panel(3)
    goto("3.10")
    threading.Event().wait(1.5)
    asked = [each for name in ("test1", "test2") for each in with_neighbours().namespaces[name].neighbours]
    assert [] == [each for each in asked if each.dst.startswith("192.168.1.")]
    assert "open" == state(live, "3.10")
    ping("192.168.1.2", netns="test1", count=1)
    wait_until(lambda: state(live, "3.10") == "done")


def test_opened_twice_it_is_the_same(panel):
    """lesson() returns the same panel each time, with the number or without; a wrong number is refused."""
    assert panel(0) is lesson() is lesson(0)
    with pytest.raises(BadValue, match="no lesson 9"):
        lesson(9)


def test_the_cell_only_points_there_while_a_page_shows_it_at_the_edge(panel):
    """The cell shows only a pointer to the panel while a page has it docked, and the panel itself otherwise."""
    live = panel(0)
    hear(live, "docked", "b")
    assert live.docked
    hear(live, "close", "b")
    assert not live.docked


def test_closed_it_leaves_no_thread(panel):
    """When the panel is closed, neither its watch nor its pings go on."""
    live = panel(3)
    hear(live, "close")
    names = {"nslab-watch", "nslab-ping-goals"}
    wait_until(lambda: not names & {thread.name for thread in threading.enumerate()})


def test_the_report_says_when_and_with_which_help(panel, own_folder):
    """The report has hints, commands and the picture; it replaces an older report, but no other file."""
    panel(0)
    hint("0.2")
    veth_add("a", "b")
    page = lesson_report().read_text()
    assert "0-welcome-report.html" == lesson_report().name
    assert all(words in page for words in ("hints: 1", "ip link add dev a type veth peer name b", "data:image/svg"))
    other = own_folder / "mine.html"
    other.write_text("<p>mine</p>")
    with pytest.raises(BadValue):
        lesson_report(other)
    assert "<p>mine</p>" == other.read_text()
    assert json.loads(progress.FILE.read_text())["steps"]["0.2"]["hints"] == 1
