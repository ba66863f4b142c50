"""why() in random networks never fails, and agrees with a ping."""

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from nslab_kernel import front
from nslab_kernel.doctor.why import why
from nslab_kernel.model.naming import netns_of
from tests.live.network.random_networks import networks


def is_answered(dst, netns):
    """Return whether a ping is answered; it waits a second, in case the neighbour has to be asked first."""
    prefix = ["ip", "netns", "exec", netns] if netns else []
    line = [*prefix, "ping", "-c1", "-W1", dst]
    return not subprocess.run(line, check=False, capture_output=True).returncode


@settings(max_examples=25, deadline=None)
@given(networks(), st.data())
def test_any_network(network, data):
    """why() finds no fault exactly where a ping is answered, for any address in the network and for a missing one."""
    front.build(network)
    there = [addr for namespace in network.namespaces.values() for link in namespace.links for addr in link.addresses]
    dst = data.draw(st.sampled_from([*there, "10.9.9.9"])).partition("/")[0]
    netns = netns_of(data.draw(st.sampled_from(list(network.namespaces))))
    found = why(dst, netns)

    assert str(found)
    assert found.ok == is_answered(dst, netns) or found.findings[0].id in ("narrow", "lost"), found.findings
