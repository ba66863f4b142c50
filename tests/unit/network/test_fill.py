"""Templates: the shell command of a step, filled in."""

import shlex

import pytest

from nslab_kernel.network.record import fill

ROUTE = "ip route add {dst}[ via {gateway}][ dev {dev}]"


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"gateway": None, "dev": "eth0"}, "ip route add default dev eth0"),
        ({"gateway": "10.0.0.1", "dev": None}, "ip route add default via 10.0.0.1"),
        ({"gateway": "10.0.0.1", "dev": "eth0"}, "ip route add default via 10.0.0.1 dev eth0"),
        ({"gateway": None, "dev": None}, "ip route add default"),
    ],
)
def test_brackets(arguments, command):
    """What stands in brackets is left out where its argument is None."""
    assert fill(ROUTE, {"dst": "default", **arguments}) == command


def test_inside_a_namespace():
    """With netns the command runs in there, as the tutorial does it; None is the host."""
    assert fill("ip link", {"netns": "test1"}) == "ip netns exec test1 ip link"
    assert fill("ip link", {"netns": None}) == "ip link"


@pytest.mark.parametrize("word", ["a b", "$(reboot)", "'", "a;b", "", "*", "\n", "{name}", "[x]", "网"])
def test_a_word_stays_one_word(word):
    """Whatever the learner gives is one word for the shell, and is not taken for a part of the template."""
    assert shlex.split(fill("ip netns add {name}", {"name": word})) == ["ip", "netns", "add", word]
    assert shlex.split(fill("ip link", {"netns": word}))[3] == word


def test_numbers():
    """A number is written as it is."""
    assert fill("ip link set dev {ifname} mtu {mtu}", {"ifname": "a", "mtu": 1400}) == "ip link set dev a mtu 1400"
