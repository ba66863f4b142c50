"""The time line of a session without a page: marks, past networks, going back."""

import threading

import pytest

from nslab_kernel import addr_add, lab_reset, lesson, netns_add, snapshot, undo, veth_add
from nslab_kernel.jupyter import lesson_panel, time_line
from nslab_kernel.lessons import progress
from nslab_kernel.linux.lab import lab
from nslab_kernel.network import history
from tests.live.jupyter.test_live_widgets import hear, labels, wait_until
from tests.live.shell import sh


@pytest.fixture
def panel(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(progress, "_records", None)
    monkeypatch.setattr(progress, "_watchers", [])
    monkeypatch.setattr(lesson_panel, "_opened", {})
    live = lesson(0)
    hear(live, "open")
    yield live
    live.close()


def marks(panel):
    return [mark["said"] for mark in panel.time_line["marks"]]


def press(panel, kind, number):
    """Press, and wait until the thread that does the work has ended."""
    panel.handle(kind, {"number": number})
    wait_until(lambda: not [one for one in threading.enumerate() if one.name == "nslab-time"])


def namespaces(panel):
    return {one["id"].removeprefix("namespace ") for one in panel.picture["namespaces"]}


def test_each_step_is_a_mark_whoever_did_it(panel):
    """A step by `ip` has a mark too; undo() removes a mark, and its number is not used again."""
    netns_add("a")
    sh("netns add b")
    netns_add("c")
    wait_until(lambda: marks(panel) == ["ip netns add a", "done by other means", "ip netns add c"])
    assert [True, False, True] == [mark["ours"] for mark in panel.time_line["marks"]]
    last = panel.time_line["marks"][-1]["number"]
    undo()
    wait_until(lambda: len(marks(panel)) == 2)
    netns_add("d")
    wait_until(lambda: marks(panel)[-1] == "ip netns add d")
    assert panel.time_line["marks"][-1]["number"] > last
    lab_reset()
    wait_until(lambda: marks(panel) == [])


def test_a_mark_shows_the_network_as_it_was(panel):
    """The picture shows the past while the lab goes on; cards offer no action; number 0 is the present."""
    netns_add("a")
    veth_add("x", "y")
    wait_until(lambda: len(marks(panel)) == 2)
    first, _second = (mark["number"] for mark in panel.time_line["marks"])
    press(panel, "look-back", first)
    assert "As it was after: ip netns add a" == panel.time_line["then"]
    assert not [label for label in labels(panel.picture) if label.startswith("x")]
    netns_add("b")
    wait_until(lambda: len(marks(panel)) == 3)
    assert {"host", "a"} == namespaces(panel)
    panel.handle("select", {"id": "namespace host"})
    assert [] == panel.details["actions"]
    assert "lo" in panel.details["html"]
    assert "x" not in panel.details["html"].partition("lo")[2]
    press(panel, "look-back", 0)
    assert {"host", "a", "b"} == namespaces(panel)
    assert panel.details["actions"]


def test_going_back_is_one_step_that_can_be_undone(panel):
    """Going back takes back several steps as one; the panel says so until the next step."""
    netns_add("a")
    veth_add("x", "y")
    addr_add("192.168.1.1/24", dev="x")
    press(panel, "go-back", history.marks()[0].number)
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]
    assert "ip netns add a" in panel.outcome["said"]
    wait_until(lambda: len(marks(panel)) == 4)
    assert 0 == panel.time_line["number"]
    undo()
    found = {link.ifname: link.addresses for link in snapshot().namespaces["host"].links}
    assert {"lo", "x", "y"} == set(found)
    assert ("192.168.1.1/24",) == found["x"]
    wait_until(lambda: panel.outcome == {})


def test_a_step_that_is_undone_is_looked_at_no_longer(panel):
    """Undoing the step that is looked at makes the picture live again; a wrong number does nothing."""
    netns_add("a")
    netns_add("b")
    number = history.marks()[-1].number
    press(panel, "look-back", number)
    assert number == panel.time_line["number"]
    undo()
    wait_until(lambda: panel.time_line["number"] == 0)
    wait_until(lambda: namespaces(panel) == {"host", "a"})
    for wrong in (number, 10**9, -1, True, "1", None):
        press(panel, "look-back", wrong)
        press(panel, "go-back", wrong)
    assert (0, 1) == (panel.time_line["number"], len(history.marks()))


def test_of_hundreds_of_steps_the_latest_are_shown(panel, monkeypatch):
    """Older steps are only counted, and the panel stores no network for any step."""
    monkeypatch.setattr(time_line, "MOST_MARKS", 3)
    for name in "abcde":
        netns_add(name)
    wait_until(lambda: marks(panel) == [f"ip netns add {name}" for name in "cde"])
    assert "2 earlier steps" == panel.time_line["earlier"]
    assert panel._time_line.network is None


def test_a_page_may_have_two_commands_run_and_no_other(panel):
    """A page may run only the commands that open and move the terminal."""
    for name, given in (("docmanager:delete-file", {}), ("terminal:open", None), (None, {}), ([], {})):
        panel.handle("command", {"name": name, "arguments": given})
    assert panel._app is None
    panel.handle("command", {"name": "terminal:open", "arguments": {"name": "1"}})
    assert panel._app


def test_the_panel_knows_how_a_shell_gets_into_this_lab(panel):
    """The panel has the network namespace's inode, a number that is the same in the lab and on the machine."""
    assert panel.lab_number == lab().netns
