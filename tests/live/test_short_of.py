"""On a machine that lacks programs or a locale, each error says what is missing."""

import inspect
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import nslab_kernel
from nslab_kernel import LabError, build, lab_reset, lab_script, netns_add, undo
from nslab_kernel.display.bundle import bundle
from nslab_kernel.network.snapshot import snapshot
from tests.live import foreign
from tests.live.network.lines import terminal
from tests.networks import two_namespaces

SPEECHLESS = """
from nslab_kernel import *
from nslab_kernel.network.config_equality import comparable
name = "\\u7f51"
for call in ("netns_add(name)", "veth_add(name, 'b')", "link_up(name)", "netns_exec(None, 'ip link show dev ' + name)",
             "ping(name)", "link_add('ifb', name)", "netns_del(name)", "addr_show(name)", "compare(name, name)"):
    try:
        eval(call)
    except LabError as error:
        print(ascii(error.why))
netns_add("test1")
print(*snapshot().namespaces)
"""
ARGUMENTS = {
    "addr": "10.0.0.1/24", "command": "ip link", "container": "busybox_1", "dev": "veth-test1", "dst": "192.168.1.2",
    "gateway": "192.168.1.2", "ifname": "veth-test1", "journey": None, "key": "net.ipv4.ip_forward", "kind": "ifb",
    "left": "test1", "mac": "02:00:00:00:00:09", "master": "lo", "mtu": 1400, "name": "test1", "netns": "test1",
    "network": None, "new": "v", "peer": "w", "right": "test2", "step": "3.5", "target": None, "value": 1,
}  # fmt: skip
FUNCTIONS = [name for name in nslab_kernel.__all__ if name.islower() and name not in ("figure", "lab_doctor")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_path_without_anything(name):
    """With an empty PATH each function either works without a program, or its error says which one is missing."""
    build(two_namespaces())
    function = getattr(nslab_kernel, name)
    needed = [p for p, one in inspect.signature(function).parameters.items() if one.default is one.empty]
    given = {p: ARGUMENTS[p] for p in needed if p in ARGUMENTS}
    if "netns" in inspect.signature(function).parameters:
        given["netns"] = "test1"
    path = os.environ.pop("PATH")
    os.environ["PATH"] = "/nowhere"
    try:
        function(**given)
    except LabError as error:
        assert error.what
        assert bundle(error)["text/plain"]
    finally:
        os.environ["PATH"] = path
        lab_reset()


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("iptables-legacy-save", "iptables-legacy -A INPUT -p icmp -j DROP"),
        ("ip6tables-legacy-save", "ip6tables-legacy -t nat -A POSTROUTING -o lo -j MASQUERADE"),
        ("nft", "iptables -A INPUT -p icmp -j DROP"),
    ],
)
def test_a_packet_filter_that_no_program_lists(program, line, monkeypatch):
    """The filter's existence is reported; what cannot undo or build it names the program, and does the rest."""
    monkeypatch.setenv("PATH", path_without(program))
    netns_add("test1")
    netns_add("test2")
    terminal(f"ip netns exec test1 {line}")
    network = snapshot(thorough=True)

    assert program in network.namespaces["test1"].ruleset
    assert program in lab_script().text
    assert program in " ".join(undo().left_out)
    lab_reset()
    assert program in " ".join(build(network).left_out)
    assert foreign.names() == ["test1", "test2"]
    terminal(line)
    assert program in " ".join(lab_reset().left_out)
    assert foreign.names() == []


def path_without(program):
    """Return a PATH of one folder that has all programs but one."""
    folder = Path(tempfile.mkdtemp())
    for there in os.environ["PATH"].split(":"):
        for each in Path(there).iterdir() if Path(there).is_dir() else ():
            if each.name != program and not (folder / each.name).is_symlink():
                (folder / each.name).symlink_to(each)
    return str(folder)


def test_letters_that_the_locale_has_not():
    """In a locale without Chinese characters the error for a Chinese name says so, and other names work."""
    speechless = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "NSLAB_LANG": "en"}
    told = subprocess.run(
        [sys.executable, "-c", SPEECHLESS], env=speechless, capture_output=True, text=True, check=False
    )

    assert told.stderr == ""
    *whys, last = told.stdout.splitlines()
    assert sum("locale" in why for why in whys) >= 4
    assert last == "host test1"
