"""`nslab doctor` checks the machine, and exits with 0 if a lab works."""

import contextlib
import json
import os
import socket
import subprocess
import sys

import pytest

from nslab_kernel.sandbox.doctor import lab_doctor
from tests.live.sandbox import launches
from tests.live.sandbox.conftest import ordinary
from tests.live.sandbox.notebook import machine, notebook

pytestmark = pytest.mark.outside
SERVING = """
ip link set dev lo up
"$0" -m jupyter_server --allow-root --no-browser --ServerApp.port=8888 --ServerApp.root_dir="$JUPYTER_RUNTIME_DIR" &
trap "kill $!" EXIT
until ls "$JUPYTER_RUNTIME_DIR" | grep -q jpserver; do sleep 0.1; done
"$@"
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def doctor(*options, prefix=()):
    command = [*prefix, sys.executable, "-m", "nslab_kernel", "doctor", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=launches.REPO)


def states(done):
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_a_machine_that_is_ready():
    """Where a lab works it exits with 0, also if some lessons lack a program, and the trial sandbox is gone."""
    before = machine()

    done = doctor("--json")

    found = states(done)
    needed = {"lab", "namespaces", "AppArmor", "seccomp", "capabilities", "Linux can", "ip", "ping", "Python"}
    assert done.returncode == 0
    assert needed <= set(found)
    assert {"ready"} == {found[name]["state"] for name in needed}
    assert "missing" not in {check["state"] for check in found.values()}
    assert {"veth", "bridge", "nft nat"} <= set(found["Linux can"]["what"].split(", "))
    assert machine() == before


def test_each_note_names_lessons_and_its_fix():
    """A check that is only a note says which lessons need the program, and how to install it."""
    done = json.loads(doctor("--json", prefix=ordinary(launches.without("nft", "tcpdump"))["prefix"]).stdout)

    notes = {check["name"]: check for check in done["checks"] if check["state"] == "note"}
    assert {"nft", "tcpdump"} <= set(notes)
    assert [1] == notes["nft"]["lessons"]
    assert "sudo apt-get install nftables" == notes["nft"]["fix"]
    assert [] == [check for check in notes.values() if not check["fix"] and check["name"] != "refused parts"]
    assert 1 in done["degraded_lessons"]
    assert done["ready"]


def test_no_lesson_is_named_that_does_not_exist():
    """Each lesson that a check names has a notebook in notebooks/."""
    there = {int(path.name.partition("-")[0]) for path in launches.REPO.glob("notebooks/source/*.md")}

    told = {number for check in lab_doctor().checks for number in check.lessons}
    assert {1, 2, 3} <= told <= there


@pytest.mark.parametrize(
    ("programs", "name", "fix"),
    [
        (("dockerd", "podman"), "container engine", "sudo apt-get install docker.io docker-cli"),
        (("busybox",), "busybox", "sudo apt-get install busybox-static"),
    ],
)
def test_containers_want_more(programs, name, fix):
    """Without a container engine or busybox two lessons are named, and the machine still counts as ready."""
    done = doctor("--json", prefix=ordinary(launches.without(*programs))["prefix"])

    assert 0 == done.returncode
    assert ("note", [2, 3], fix) == tuple(states(done)[name][key] for key in ("state", "lessons", "fix"))


def test_a_machine_that_is_not():
    """Where Linux refuses a lab, the check gives the reason and the remedy, and the exit status is 1."""
    done = doctor("--json", prefix=launches.filtered)

    found = states(done)
    assert done.returncode == 1
    assert "missing" == found["lab"]["state"] == found["seccomp"]["state"]
    assert "seccomp" in found["lab"]["why"]
    assert "docker run" == found["lab"]["fix"][:10] == found["seccomp"]["fix"][:10]
    assert "no_new_privs" in found["capabilities"]["what"]


@as_root
@pytest.mark.parametrize(
    ("name", "value"), [("apparmor_restrict_unprivileged_userns", "1"), ("unprivileged_userns_clone", "0")]
)
def test_another_systems_switch_is_named(name, value):
    """A sysctl that takes user namespaces from ordinary users is `missing`; a seccomp filter besides is only a note."""
    user = [*launches.switched(name, value), *launches.as_user("")]

    refused = doctor("--json", prefix=[*user, *launches.filtered])
    allowed = doctor("--json", prefix=user)

    assert ("missing", f"sudo sysctl -w kernel.{name}={1 - int(value)}") == (
        states(refused)[f"kernel.{name}"]["state"],
        states(refused)[f"kernel.{name}"]["fix"],
    )
    assert "note" == states(refused)["seccomp"]["state"]
    assert "ready" == states(allowed)[f"kernel.{name}"]["state"]


@pytest.mark.parametrize("kind", ["user", "net", "mnt", "pid", "uts", "ipc"])
def test_a_limit_is_named(kind):
    """A kind of namespace whose limit is 0 is `missing`, with the sysctl that allows it."""
    forbid = f'echo 0 > /proc/sys/user/max_{kind}_namespaces; exec "$@"'

    found = states(doctor("--json", prefix=ordinary(["unshare", "-Ur", "sh", "-c", forbid, "sh"])["prefix"]))

    name = f"user.max_{kind}_namespaces"
    assert f"sudo sysctl -w {name}=15000" == found[name]["fix"]
    assert "missing" == found[name]["state"]
    assert kind == "pid" or found["lab"]["fix"] == found[name]["fix"]


def test_an_ordinary_user_under_a_limit():
    """Where no user namespaces are allowed, an ordinary user has no lab."""
    user = launches.as_user("") if os.geteuid() == 0 else []

    done = doctor("--json", prefix=[*user, *launches.no_user_namespaces])

    assert 1 == done.returncode
    assert "missing" == states(done)["user.max_user_namespaces"]["state"]


def test_a_lab_without_its_own_processes_is_noted():
    """A covered /proc is a note, because the lab works and only shares the machine's processes."""
    done = doctor("--json", prefix=ordinary(launches.covered_proc)["prefix"])

    assert done.returncode == 0
    assert "note" == states(done)["processes"]["state"]
    assert [1] == states(done)["processes"]["lessons"]


def test_read_only_switches_are_noted():
    """Where /proc/sys is read-only, so that no namespace can forward packets, the check is a note."""
    done = doctor("--json", prefix=ordinary(launches.read_only_sys)["prefix"])

    found = states(done)["ip_forward"]
    assert done.returncode == 0
    assert "note" == found["state"]
    assert "Read-only file system" in found["what"]
    assert "systempaths=unconfined" in found["fix"]


def test_missing_programs_are_named():
    """Without `ip` and `ping` on the machine the checks name the packages that contain them."""
    done = doctor("--json", prefix=ordinary(launches.without("ip", "ping"))["prefix"])

    assert done.returncode == 1
    assert states(done)["ip"]["fix"] == "sudo apt-get install iproute2"
    assert states(done)["ping"]["fix"] == "sudo apt-get install iputils-ping"


def test_a_port_that_is_taken():
    """Where another server listens on JupyterLab's port, that is a note, with another port to use."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # the port may be taken already, which is what the test needs
            listener.bind(("127.0.0.1", 8888))
            listener.listen()
        found = states(doctor("--json"))["port 8888"]

    assert ("note", "make lab PORT=9000") == (found["state"], found["fix"])


def test_the_port_of_ones_own_jupyter(tmp_path, monkeypatch):
    """If the JupyterLab that the doctor runs in has the port, as in an image or its terminal, that is no fault."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    serving = ["unshare", "-Urn", "sh", "-c", SERVING, sys.executable]

    found = states(doctor("--json", prefix=serving))["port 8888"]

    assert ("ready", f"JupyterLab runs there, in {tmp_path}") == (found["state"], found["what"])


@pytest.mark.parametrize(("reader", "status", "said"), [("| true", 141, ""), ("> /dev/full", 2, "No space left")])
def test_a_page_that_nobody_can_read(reader, status, said):
    """A closed pipe, as `head` leaves it, gives no error text; another write error gives one line."""
    line = f"{sys.executable} -m nslab_kernel doctor {reader}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)

    assert status == done.returncode
    assert said in done.stderr
    assert bool(said) == len(done.stderr.splitlines())


def test_the_text_for_people():
    """The text has one line for each check, and ends with a verdict."""
    text = doctor(prefix=launches.filtered).stdout

    assert text.startswith("missing  lab: ")
    assert text.splitlines()[-1].startswith("Not ready")


def test_in_a_cell_it_looks_at_the_lab_it_is_in():
    """In a notebook, `lab_doctor()` checks that notebook's lab."""
    with notebook() as kernel:
        kernel.run("from nslab_kernel.sandbox.doctor import lab_doctor; found = lab_doctor()")
        assert kernel.run("found.ready, found.checks[0].state") == "(True, 'ready')\n"


def test_it_returns_a_plain_value():
    """`lab_doctor()` returns the checks as a value."""
    assert lab_doctor().ready
