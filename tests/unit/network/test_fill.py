"""Filling in the template of a step's shell command."""

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
    """A part in brackets is left out if its argument is None."""
    assert fill(ROUTE, {"dst": "default", **arguments}) == command


def test_inside_a_namespace():
    """With netns the command begins with `ip netns exec`; None is the host."""
    assert fill("ip link", {"netns": "test1"}) == "ip netns exec test1 ip link"
    assert fill("ip link", {"netns": None}) == "ip link"


@pytest.mark.parametrize("word", ["a b", "$(reboot)", "'", "a;b", "", "*", "\n", "{name}", "[x]", "网"])
def test_a_word_stays_one_word(word):
    """Any argument stays one word for the shell, and is not read as a part of the template."""
    assert shlex.split(fill("ip netns add {name}", {"name": word})) == ["ip", "netns", "add", word]
    assert shlex.split(fill("ip link", {"netns": word}))[3] == word


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"peer": None, "nodad": False}, "ip addr add A"),
        ({"peer": None, "nodad": True}, "ip addr add A nodad"),
        ({"peer": "B", "nodad": True}, "ip addr add A peer B nodad"),
    ],
)
def test_a_word_by_itself(arguments, command):
    """An argument that is True becomes its name as a word; one that is False is left out."""
    assert fill("ip addr add {addr}[ peer {peer}][ {nodad}]", {"addr": "A", **arguments}) == command


def test_nothing_is_no_host():
    """None means the host only where a namespace is expected; elsewhere the command has the word None."""
    assert fill("sysctl -w {key}={value}", {"key": "k", "value": None}) == "sysctl -w k=None"
    assert fill("ip link set dev a netns {target}", {"target": None}) != "ip link set dev a netns None"


def test_zero_is_given():
    """An argument of 0 is not treated as missing."""
    assert fill("ip route add D[ metric {metric}]", {"metric": 0}) == "ip route add D metric 0"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, []),
        ({"id": 42, "nolearning": True}, ["id", "42", "nolearning"]),
        ({"srcport": (5000, 6000), "local": None}, ["srcport", "5000", "6000"]),
        ({"a b": "$(reboot)", "{kind}": "[x]"}, ["a b", "$(reboot)", "{kind}", "[x]"]),
    ],
)
def test_options(options, words):
    """Options become their names and values, each one word for the shell."""
    command = fill("ip link add type {kind}[ {options}]", {"kind": "vxlan", "options": options})

    assert shlex.split(command) == ["ip", "link", "add", "type", "vxlan", *words]


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ({"netns": None, "peer_netns": None}, "ip link add A peer B"),
        ({"netns": "a", "peer_netns": None}, "ip netns exec a ip link add A peer B"),
        ({"netns": None, "peer_netns": "b"}, "ip link add A peer B netns b"),
        ({"netns": "netns:a", "peer_netns": "b"}, "ip link add A netns a peer B netns b"),
    ],
)
def test_one_of_two(arguments, command):
    """Of two templates the first one with all its arguments is used; one that names the namespace runs on the host."""
    template = "ip link add A netns {netns} peer B netns {peer_netns} | ip link add A peer B[ netns {peer_netns}]"

    assert fill(template, arguments) == command


def test_numbers():
    """A number is written in decimal."""
    assert fill("ip link set dev {ifname} mtu {mtu}", {"ifname": "a", "mtu": 1400}) == "ip link set dev a mtu 1400"
