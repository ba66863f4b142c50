"""The button that calls why(), without a page: for a failed ping and a matrix."""

import threading

from nslab_kernel import ping, ping_matrix, why
from nslab_kernel.jupyter import live_why
from tests.live.jupyter.test_live_widgets import wait_until
from tests.live.shell import inside, two_namespaces


def broken_namespaces():
    two_namespaces()
    inside("test2", "link set dev veth-test2 down")


def press(widget, number=0):
    widget._on_message(None, {"type": "ask", "page": "a", "id": number}, None)


def ask(widget, number=0):
    """Press the button, and return the answer."""
    press(widget, number)
    wait_until(lambda: widget.answer.get("busy") is False)
    return widget.answer


def test_a_ping_that_failed_offers_why():
    """The answer is that of why(): the place, the line that mends the fault, and the picture."""
    broken_namespaces()
    widget = live_why._of_ping(ping("192.168.1.2", netns="test1", count=1))
    assert [{"line": 'why("192.168.1.2", netns="test1")'}] == widget.questions

    answer = ask(widget)
    assert "veth-test2" in answer["said"]
    assert 'link_up("veth-test2", netns="test2")' in answer["html"].replace("&#34;", '"')
    assert "Broken here: veth-test2 in test2." in answer["html"]

    inside("test2", "link set dev veth-test2 up")
    answer = ask(widget)
    assert "veth-test2 is DOWN" not in answer["said"]
    widget.close()


def test_a_press_waits_for_no_answer(monkeypatch):
    """A press returns while why() runs; a second press starts no other; the answer comes even while a cell runs."""
    broken_namespaces()
    widget = live_why._of_ping(ping("192.168.1.2", netns="test1", count=1))
    may_look = threading.Event()
    monkeypatch.setattr(live_why, "why", lambda *asked: may_look.wait(100) and why(*asked))
    press(widget)
    press(widget)
    assert widget.answer["busy"]
    assert 1 == sum(thread.name == "nslab-why" for thread in threading.enumerate())

    may_look.set()
    wait_until(lambda: sum(range(10_000)) and not widget.answer["busy"])
    assert "veth-test2" in widget.answer["said"]
    widget.close()


def test_a_message_that_asks_for_nothing_there_is_left_alone():
    """A message with a wrong number is ignored."""
    broken_namespaces()
    widget = live_why._of_ping(ping("192.168.1.2", netns="test1", count=1))
    for number in (1, -1, "0", None, [], 0.5):
        widget._on_message(None, {"type": "ask", "page": "a", "id": number}, None)
    assert {} == widget.answer
    widget.close()


def test_red_cells_of_a_matrix_can_be_asked():
    """Each failed direction has a question for its own namespace; without failed ones there is no button."""
    two_namespaces()
    assert live_why._of_matrix(ping_matrix(0.5)) is None
    assert live_why._of_ping(ping("192.168.1.2", netns="test1", count=1)) is None
    inside("test2", "link set dev veth-test2 down")
    widget = live_why._of_matrix(ping_matrix(0.5))
    lines = ['why("192.168.1.2", netns="test1")', 'why("192.168.1.1", netns="test2")']
    assert lines == [one["line"] for one in widget.questions]
    assert "test1 192.168.1.1 → test2 192.168.1.2" in widget.questions[0]["label"]

    answer = ask(widget, 1)
    assert (1, False) == (answer["id"], answer["busy"])
    assert "veth-test2" in answer["said"]
    widget.close()
