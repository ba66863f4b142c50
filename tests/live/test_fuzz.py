"""Junk arguments for each public function: a value or one of our errors comes out."""

import inspect

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nslab_kernel
from nslab_kernel import LabError, Network, build, lab_reset, snapshot
from nslab_kernel.display.bundle import bundle
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.spelling import visible_text
from tests.networks import lo, two_namespaces, veth

FUNCTIONS = {n: getattr(nslab_kernel, n) for n in nslab_kernel.__all__ if n.islower()}
TEXT = ["", " ", "a b", "a/b", "/", ".", "..", "-", "--help", "-all", "\0", "\n", "\x1b[31m", "\ud800", "a" * 16]
TEXT += ["网" * 5, "网" * 6, "host", "up", "dev", "default", "%s", "{netns}", "$(true)", "'", '"', "a" * 300, "\u202e"]
THINGS = ["test1", "test2", "veth-test1", "lo", "192.168.1.1/24", "192.168.1.2", "10.0.0.0/8", "::1", "fe80::1%lo"]
THINGS += ["02:00:00:00:00:03", "ff:ff:ff:ff:ff:ff", "net.ipv4.ip_forward", "net.ipv4.nothing", "net", "1", "0.0.0.0"]
OTHER = [None, True, False, 0, -1, 1, 1500, 2**31, 2**64, 0.5, float("nan"), float("inf"), b"test1", [], (), {}]
OTHER += [["test1"], object(), Network, int]


class Mute:
    """An object whose repr() raises an error."""

    def __repr__(self):
        raise RuntimeError("no words")


OTHER += [Mute(), 10**5000, -(10**5000), [Mute()], "\udce9", "a\udc80", ("test1", 10**5000)]
JUNK = st.one_of(st.sampled_from(TEXT + THINGS + OTHER), st.text(max_size=20), st.binary(max_size=4), st.integers())
# Commands are run, so they are never drawn at random.
COMMANDS = ["", " ", "true", "false", "nothing-of-that-name", "'", "echo |", ")(", "-x", "\0", "\ud800", None, 1]
COMMANDS += [["true"], b"true", "sh -c 'exit 3'", "ip link set dev lo up", "ip netns del test2; false"]
ONE = two_namespaces().namespaces["test1"]
NETWORKS = [None, 1, "host", Network(), Network({"a": ONE}), two_namespaces()]
NETWORKS += [Network({**two_namespaces().namespaces, "": ONE})]
SPECIAL = {
    "command": st.sampled_from(COMMANDS),
    "network": st.sampled_from(NETWORKS),
    "count": st.sampled_from([1, 0, -1, None, "3", 0.5, True, 10**5000]),
    "interval_s": st.sampled_from([0.01, 0, -1, None, "1", float("nan"), 1e9]),
    "timeout_s": st.sampled_from([0.01, 0, -1, None, "1", float("nan"), 1e9]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_junk(name):
    """Only a LabError is raised, all of its characters are visible, and after it the network is as before."""
    function = FUNCTIONS[name]
    parameters = inspect.signature(function).parameters
    likely = {p: st.one_of(SPECIAL.get(p, JUNK), SPECIAL.get(p, st.sampled_from(THINGS))) for p in parameters}

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries(likely))
    def throw(arguments):
        before = comparable(snapshot())
        try:
            function(**arguments)
        except LabError as error:
            assert error.what
            assert all(visible_text(str(form)) == form for form in bundle(error).values())
            assert before == comparable(snapshot())
        else:
            build(two_namespaces())

    build(two_namespaces())
    throw()
    lab_reset()


def test_a_network_that_cannot_be():
    """A network whose parts contradict each other is refused before anything is changed."""
    alone = veth("a", 2, None, 0)
    twice = two_namespaces().namespaces["test1"]
    broken = [
        Network({"host": twice, "b": twice}),
        Network({"host": type(twice)("host", (lo(up=True), alone, alone))}),
    ]
    before = comparable(snapshot())

    for network in broken:
        with pytest.raises(LabError):
            build(network)
        assert before == comparable(snapshot())
