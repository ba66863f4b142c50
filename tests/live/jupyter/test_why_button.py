"""What asks why at one press, without a page: a ping that failed, the red cells of a matrix."""

import threading
import time

from nslab_kernel import ping, ping_matrix
from nslab_kernel.jupyter import live_why
from tests.live.jupyter.test_live_widgets import wait_until
from tests.live.shell import inside, two_namespaces


def broken_namespaces():
    two_namespaces()
    inside("test2", "link set dev veth-test2 down")


def ask(widget, number=0):
    """Press, and return how long the press took and what was found."""
    start = time.monotonic()
    widget._on_message(None, {"type": "ask", "page": "a", "id": number}, None)
    taken = time.monotonic() - start
    wait_until(lambda: widget.answer.get("busy") is False)
    return taken, widget.answer


def test_a_ping_that_failed_offers_why():
    """It is why() itself: the place, the line that mends it, the picture; the press returns at once."""
    broken_namespaces()
    widget = live_why._of_ping(ping("192.168.1.2", netns="test1", count=1))
    assert [{"line": 'why("192.168.1.2", netns="test1")'}] == widget.questions

    taken, answer = ask(widget)
    assert taken < 0.1
    assert "veth-test2" in answer["said"]
    assert 'link_up("veth-test2", netns="test2")' in answer["html"].replace("&#34;", '"')
    assert "Broken here: veth-test2 in test2." in answer["html"]

    inside("test2", "link set dev veth-test2 up")
    _taken, answer = ask(widget)
    assert "veth-test2 is DOWN" not in answer["said"]
    widget.close()


def test_the_answer_comes_within_three_seconds_while_a_cell_computes():
    """The main thread counts on; a second press meanwhile asks nothing more."""
    broken_namespaces()
    widget = live_why._of_ping(ping("192.168.1.2", netns="test1", count=1))
    start = time.monotonic()
    pressing = threading.Thread(target=ask, args=(widget,))
    pressing.start()
    wait_until(lambda: widget.answer)
    widget._on_message(None, {"type": "ask", "page": "a", "id": 0}, None)
    assert 1 == sum(thread.name == "nslab-why" for thread in threading.enumerate())
    while widget.answer["busy"]:
        sum(range(10_000))
        assert time.monotonic() - start < 60
    assert time.monotonic() - start < 3
    pressing.join()
    widget.close()


def test_a_message_that_asks_for_nothing_there_is_left_alone():
    """Whatever a page sends: no such number, no number at all."""
    broken_namespaces()
    widget = live_why._of_ping(ping("192.168.1.2", netns="test1", count=1))
    for number in (1, -1, "0", None, [], 0.5):
        widget._on_message(None, {"type": "ask", "page": "a", "id": number}, None)
    assert {} == widget.answer
    widget.close()


def test_red_cells_of_a_matrix_can_be_asked():
    """Each from its own namespace; what works offers nothing."""
    two_namespaces()
    assert live_why._of_matrix(ping_matrix(0.5)) is None
    assert live_why._of_ping(ping("192.168.1.2", netns="test1", count=1)) is None
    inside("test2", "link set dev veth-test2 down")
    widget = live_why._of_matrix(ping_matrix(0.5))
    lines = ['why("192.168.1.2", netns="test1")', 'why("192.168.1.1", netns="test2")']
    assert lines == [one["line"] for one in widget.questions]
    assert "test1 192.168.1.1 → test2 192.168.1.2" in widget.questions[0]["label"]

    _taken, answer = ask(widget, 1)
    assert (1, False) == (answer["id"], answer["busy"])
    assert "veth-test2" in answer["said"]
    widget.close()
