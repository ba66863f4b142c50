"""How a notebook explains Python's own errors."""

import pytest

from nslab_kernel import front
from nslab_kernel.jupyter.python_errors import explain

WORDS = {"ping": front.ping, "pinging": None}


def told(code, words=WORDS):
    """Return the explanation of an error in a cell with this code: what, why, what there is, what to try."""
    try:
        exec(compile(code, "cell", "exec"), {**vars(front), "__builtins__": __builtins__} if words else {})
    except Exception as error:
        found = explain(error, error.__traceback__, words, front)
        return found and (found.what, found.why, found.there_is, found.try_)


@pytest.mark.parametrize(
    ("code", "what", "call"),
    [
        ("veth_add('a')", "veth_add was called without peer.", "veth_add(ifname, peer, netns=None, peer_netns=None)"),
        ("compare()", "compare was called without left, right.", "compare(left, right)"),
        ("link_up('a', up=True)", "link_up takes no argument up.", "link_up(ifname, netns=None)"),
        ("link_up('a', ifname='b')", "link_up was given ifname twice.", "link_up(ifname, netns=None)"),
        ("link_up('a', 'b', 'c')", "link_up was called with too many arguments.", "link_up(ifname, netns=None)"),
        ("undo(2)", "undo was called with too many arguments.", "undo()"),
    ],
)
def test_a_call_that_does_not_fit(code, what, call):
    """Calls of steps with wrong arguments are explained with the function's signature, although steps are wrapped."""
    name = code.partition("(")[0]

    assert (what, f"It is called as {call}.", "", f"help({name})") == told(code)


def test_an_argument_that_is_nearly_right():
    assert "Did you mean count?" == told("ping('10.0.0.1', cuont=3)")[2]


def test_a_name_that_was_never_brought_in():
    """An unknown public name, as after a kernel restart, is explained by the import in the first cell."""
    what, why, _there_is, try_ = told("netns_add('test1')", {})

    assert "Python does not know the name netns_add." == what
    assert "The first cell" in why
    assert "from nslab_kernel import *" == try_


def test_a_name_that_is_nearly_right():
    assert "Did you mean ping?" == told("pign('10.0.0.1')")[2]


def test_a_name_without_quotation_marks():
    assert "quotation marks" in told("netns_add(test1)")[1]


@pytest.mark.parametrize(
    ("line", "why", "meant"),
    [
        ("ip netns add test9", "needs a !", "!ip netns add test9"),
        ("ping -c 3 192.168.1.2", "needs a !", "!ping -c 3 192.168.1.2"),
        ("ping(192.168.1.2, netns='test1')", "quotation marks", "ping(\"192.168.1.2\", netns='test1')"),
        ('addr_add(10.0.0.1/24, dev="10.0.0.1")', "quotation marks", 'addr_add("10.0.0.1/24", dev="10.0.0.1")'),
        ("ping(2001:db8::1)", "quotation marks", 'ping("2001:db8::1")'),
        ("netns_add（“test2”）", "English keyboard", 'netns_add("test2")'),
        ('veth_add("a"，"b")', "English keyboard", 'veth_add("a","b")'),
        ('netns_add("test2”)', "English keyboard", 'netns_add("test2")'),
        ("netns_add('test2’)", "English keyboard", "netns_add('test2')"),
    ],
)
def test_a_line_that_is_no_python(line, why, meant):
    """Shell lines, unquoted addresses and Chinese punctuation are explained; the suggestion is a valid cell."""
    what, said_why, _there_is, try_ = told(line)

    assert line in what
    assert why in said_why
    assert meant == try_
    assert try_.startswith("!") or compile(try_, "cell", "exec")


@pytest.mark.parametrize(
    "code",
    [
        "netns_add('a'",
        'print("他说“好”)',
        "1 +",
        "for x in y",
        "x = = 3",
        "a b",
        "len()",
        "int('x')",
        "1 + 'a'",
        "def own():\n    return nosuch\nown()",
    ],
)
def test_what_is_no_slip_stays_as_python_says_it(code):
    """Other errors, and errors in a learner's own function, keep Python's own message."""
    assert told(code) is None
