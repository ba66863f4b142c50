"""The live widgets in a console: text says what they did, and how to go on."""

import subprocess
import sys

from tests.live.shell import two_namespaces


def console(*lines):
    """Run lines in IPython in a terminal, and return what it prints."""
    command = [
        sys.executable,
        "-m",
        "IPython",
        "--simple-prompt",
        "--no-banner",
        "--no-confirm-exit",
        "--colors=NoColor",
    ]
    typed = "\n".join(["from nslab_kernel import *", *lines, ""])
    return subprocess.run(command, input=typed, capture_output=True, text=True, check=True).stdout


def test_a_ping_says_that_it_runs():
    """A running ping does not say that nothing was sent; later its text has the result."""
    two_namespaces()

    said = console(
        "p = ping_live('192.168.1.2', netns='test1', count=2, interval_s=0.1)",
        "p",
        "r = await p",
        "print(p)",
    )

    started, _, ended = said.partition("p.stop() ends it.")
    assert "ping -O -c 2 -i 0.1 -W 1 192.168.1.2" in started
    assert "Nothing was sent" not in said
    assert "2 of 2 came back." in ended


def test_a_picture_says_what_there_is():
    """The text describes the network, and says which call shows it again."""
    two_namespaces()

    said = console("topology_live()", "ping_matrix()")

    assert "veth-test1" in said.partition("topology() says how it is then")[0]
    assert "2 of 2" in said.partition("topology() says how it is then")[2]
