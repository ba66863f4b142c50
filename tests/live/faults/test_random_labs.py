"""The random networks work before anything in them is broken."""

import random

import pytest

from nslab_kernel.faults import pings
from nslab_kernel.network.settle import settle
from tests.live.faults.random_labs import FAMILIES, SHAPES, Lab


@pytest.mark.parametrize("families", sorted(set(FAMILIES)), ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_it_works(shape, families):
    """Every ping is answered, except those that a NAT or a firewall is there to stop."""
    lab = Lab(1, shape, families)
    lab.build(settle)
    network = settle()
    answers = pings.ask(pings.all_calls(network, random.Random(0)))
    promised = {call: size for call, size in answers.items() if call.dst.startswith(("10.7.", "fd07:"))}
    silent = [call for call, size in promised.items() if not size]

    assert 2 <= len(network.namespaces) - 1 <= 12
    assert promised
    if shape in ("nat", "firewall"):
        assert len(silent) < len(promised) / 2
    else:
        assert set() == {call for call in silent if f"lo down in {call.netns}" not in lab.false_leads}
