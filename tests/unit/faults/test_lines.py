"""The lines of a fault are for the shell, whatever an interface is called."""

import shlex
from dataclasses import replace

import pytest

from nslab_kernel.faults.kinds import KINDS
from nslab_kernel.model.network import End
from tests.networks import network, two_namespaces

ODD = "v'$(1)"


def oddly_named():
    """Two namespaces with a cable whose one end has a name that a shell reads otherwise, and both families."""
    spaces = two_namespaces().namespaces
    one, two = (spaces[name].link(f"veth-{name}") for name in ("test1", "test2"))
    one = replace(one, ifname=ODD, addresses=(*one.addresses, "fd00::1/64"))
    two = replace(two, peer=End("test1", ODD), addresses=(*two.addresses, "fd00::2/64"))
    ends = {"test1": one, "test2": two}
    return network(
        **{name: replace(spaces[name], links=(spaces[name].link("lo"), end), routes=()) for name, end in ends.items()}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_interface_is_named_as_a_shell_takes_it(kind):
    """Each word that has the name in it has all of it."""
    for fault in KINDS[kind].find(oddly_named()):
        for line in (*fault.breaks, *fault.mends):
            assert line.count("$") == sum(word.count(ODD) for word in shlex.split(line))
