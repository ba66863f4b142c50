"""print(value) writes the text that a console shows, and repr() is a short line."""

import subprocess
import sys

import pytest

import nslab_kernel.front  # noqa: F401 - it lets values print
from nslab_kernel.display.bundle import FORMS, bundle, plain_text
from nslab_kernel.errors import LabError, RefusedByLinux
from nslab_kernel.model.comparison import Comparison, Half
from nslab_kernel.model.diagnosis import Diagnosis, Finding, Place
from nslab_kernel.model.faults import BrokenLab, Call, Fault, FaultHint, FixCheck, Symptom
from nslab_kernel.model.guidance import FactCheck, Hint, LessonCheck, Prediction, StepCheck
from nslab_kernel.model.journey_result import Journey
from nslab_kernel.model.matrix_result import Direction, MatrixResult, Party
from nslab_kernel.model.network import Namespace, Network
from nslab_kernel.model.results import Change, Check, Doctor, Listing, PingResult, Topology
from tests.networks import bridged, one_end_up, two_namespaces

ONE, OTHER = Party("test1", "eth0", "10.0.0.1"), Party("test2", "eth0", "10.0.0.2")
CHECKED = StepCheck("3.8", "Addresses", (FactCheck("address", "a/24", "a/32", False, "addr_show()"),), "14:03:27")
FAILS = Symptom(Call("test1", "192.168.1.2"), 56)
FAULT = Fault(Place("test2", "b"), ("ip link set dev b down",), ("ip link set dev b up",), "link_down")
VALUES = [
    Change("ip link set dev b up", one_end_up(), two_namespaces()),
    PingResult("10.0.0.1", None, 2, 1, (0.5,), 64, "ping 10.0.0.1", "PING ...", (1,)),
    MatrixResult((ONE, OTHER), (Direction(ONE, OTHER, 0.1), Direction(OTHER, ONE))),
    Journey("10.0.0.1", None, None, "ping -c 1 10.0.0.1", one_end_up(), "silent"),
    Diagnosis(False, (Finding("link_down", "interface", Place("test2", "b"), "UP", "DOWN"),), "10.0.0.1"),
    BrokenLab(7, 1, FAILS, (FAILS,), 1),
    FixCheck((FAILS,), (), 1, 9.5, 1, 0),
    FaultHint(4, FAULT, "route", FAILS.call),
    Topology(one_end_up()),
    one_end_up(),
    bridged().namespaces["box1"],
    bridged().link("veth1"),
    bridged().namespaces["box1"].routes[0],
    bridged().namespaces["box1"].neighbours[0],
    Doctor((Check("ping", "missing", "not installed", "", "sudo apt-get install iputils-ping"),)),
    Comparison(Half(("a",), one_end_up()), Half(("b",), one_end_up()), ()),
    CHECKED,
    LessonCheck(3, "By hand", (CHECKED,)),
    Hint("3.8", 3, 3, "This does it:", ('addr_add("192.168.1.2/24", dev="veth-test2")',)),
    Prediction("3.10", "What comes?", ("a reply", "silence"), 1, "lo is down.", 0),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_prints_what_a_console_shows(value):
    """str() returns the same text as a console gets, and repr() one other line."""
    assert str(value) == plain_text(value) == bundle(value)["text/plain"]
    assert str(value) == f"{value}"
    assert len(repr(value).splitlines()) == 1
    assert repr(value) != str(value)


def test_every_value_prints():
    """The test above has every type of value that can be displayed."""
    assert {type(value) for value in VALUES} | {Listing, LabError} == set(FORMS)


def test_a_listing_prints_what_the_program_wrote():
    """A printed listing has only the program's text, without the command, so that a printed script can be run."""
    listing = Listing("ip link", "1: lo\n2: eth0\n")

    assert str(listing) == "1: lo\n2: eth0"
    assert repr(listing) == "<Listing 'ip link': 2 lines>"


def test_a_refusal_says_what_linux_said():
    """str() of a refusal has the kernel's message and the name of its errno."""
    assert str(RefusedByLinux(1)) == "Linux refused this. Operation not permitted (EPERM)"
    said = "Linux refused this. lo stays. Invalid argument (EINVAL). Not for loopback"
    assert str(RefusedByLinux(22, "Not for loopback", "lo stays.")) == said


def test_printing_loads_what_draws_and_importing_does_not():
    """Only printing loads the display modules, so that a script without output starts faster."""
    code = """
import sys
from nslab_kernel import *
loaded = lambda: "nslab_kernel.display.bundle" in sys.modules
before = loaded()
print(Network({"host": Namespace("host")}))
print(before, loaded(), "matplotlib" in sys.modules)
"""
    written = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert written.splitlines() == [*str(Network({"host": Namespace("host")})).splitlines(), "False True False"]


def test_a_hint_tells_no_more_than_is_asked():
    """repr() of a hint does not show the fault or the line that mends it."""
    assert "mends" not in repr(FaultHint(1, FAULT, "route", FAILS.call))
