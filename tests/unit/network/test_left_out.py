"""What cannot be made again is named, and the rest is made."""

import pytest

from nslab_kernel.model.network import Link, Namespace
from nslab_kernel.network.plan import Plan
from tests.networks import lo, network


@pytest.fixture(autouse=True)
def in_english(monkeypatch):
    monkeypatch.setenv("NSLAB_LANG", "en")


def test_the_keys_of_wireguard_are_named_and_its_interface_is_made():
    """Where an interface is made anew; one that is there already keeps them."""
    tunnel = Link("wg0", 7, "wireguard", "", 1420, "DOWN", ("POINTOPOINT", "NOARP"))
    without, with_it = (network(test1=Namespace("test1", (lo(), *more))) for more in ((), (tunnel,)))

    plan = Plan(without, with_it)
    assert [one.command.split()[:3] for one in plan.operations()] == [["ip", "link", "add"]]
    assert plan.left_out == ("wg0 is made without its keys and peers: the lab does not read what wg sets.",)

    plan = Plan(with_it, with_it)
    assert (list(plan.operations()), plan.left_out) == ([], ())
