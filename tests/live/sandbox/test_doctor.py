"""`nslab doctor` says what the machine can do, and its exit status says whether that is enough."""

import json
import subprocess
import sys

import pytest

from nslab_kernel.sandbox.checks import lab_doctor
from tests.live.sandbox import launches
from tests.live.sandbox.notebook import machine, notebook

pytestmark = pytest.mark.outside


def doctor(*options, prefix=()):
    command = [*prefix, sys.executable, "-m", "nslab_kernel", "doctor", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=launches.REPO)


def states(done):
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_machine_that_is_ready():
    """It makes a sandbox to see, lets it go, and exits with 0."""
    before = machine()

    done = doctor("--json")

    found = states(done)
    assert done.returncode == 0
    assert {"lab", "namespaces", "ip", "ping", "Python"} <= set(found)
    assert {check["state"] for check in found.values()} == {"ready"}
    assert machine() == before


def test_a_machine_that_is_not():
    """What is missing is said with its reason and its mend, and the exit status is 1."""
    done = doctor("--json", prefix=launches.filtered)

    lab = states(done)["lab"]
    assert done.returncode == 1
    assert lab["state"] == "missing"
    assert "seccomp" in lab["why"]
    assert lab["mend"].startswith("docker run")


def test_a_limit_is_named():
    """A kind of namespace that is forbidden is missing."""
    found = states(
        doctor(
            "--json",
            prefix=["unshare", "-Ur", "sh", "-c", 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"', "sh"],
        )
    )

    assert found["user.max_net_namespaces"]["state"] == "missing"
    assert found["lab"]["mend"] == "sudo sysctl -w user.max_net_namespaces=15000"


def test_a_lab_without_its_own_processes_is_noted():
    """A covered /proc is a note, not a fault."""
    done = doctor("--json", prefix=launches.covered_proc)

    assert done.returncode == 0
    assert "note" in {check["state"] for check in states(done).values()}


def test_missing_programs_are_named():
    """Without `ip` and `ping` on the machine it says which packages bring them."""
    prefix = [
        "unshare",
        "-Urm",
        "sh",
        "-c",
        'for f in ip ping; do mount --bind /dev/null $(readlink -f $(command -v $f)); done; exec "$@"',
        "sh",
    ]

    found = states(doctor("--json", prefix=prefix))

    assert found["ip"]["mend"] == "sudo apt-get install iproute2"
    assert found["ping"]["mend"] == "sudo apt-get install iputils-ping"


def test_the_text_for_people():
    """One line a check, and a verdict."""
    text = doctor(prefix=launches.filtered).stdout

    assert text.startswith("missing  lab: ")
    assert text.splitlines()[-1].startswith("Not ready")


def test_in_a_cell_it_looks_at_the_lab_it_is_in():
    """lab_doctor() in a notebook says what that notebook's lab is."""
    with notebook() as kernel:
        kernel.run("from nslab_kernel.sandbox.checks import lab_doctor; found = lab_doctor()")
        assert kernel.run("found.ready, found.checks[0].state") == "(True, 'ready')\n"


def test_it_returns_a_plain_value():
    """lab_doctor() returns checks, and prints nothing."""
    assert lab_doctor().ready
