"""`nslab enter`: a shell inside a running lab."""

import subprocess
import sys

import pytest

from nslab_kernel.sandbox.enter import running_labs
from tests.live.sandbox import launches
from tests.live.sandbox.notebook import GONE_S, left_of

pytestmark = pytest.mark.outside


def visit(kernel, *command, lab=None):
    """Run a command in a kernel's lab as the kernel's user, and return its output."""
    number = lab or str(kernel.tree()[2].pid)
    words = [*kernel.prefix, sys.executable, "-m", "nslab_kernel", "enter", "--lab", number, "--", *command]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


def test_a_visitor_sees_the_labs_network(kernel):
    """A visitor sees the notebook's namespaces and links, and the notebook sees what the visitor makes."""
    kernel.run("!ip netns add blue; ip link add name v1 type veth peer name v2 netns blue")

    assert visit(kernel, "ip", "netns", "list").split()[0] == "blue"
    assert "v1@" in visit(kernel, "ip", "link", "show", "dev", "v1")
    visit(kernel, "ip", "netns", "add", "made-by-visitor")
    assert "made-by-visitor" in kernel.run("!ip netns list")


def test_a_visitor_is_at_home_there(kernel):
    """The visitor is root in the notebook's folder, sees the lab's processes, and nslab's functions find the lab."""
    look = "from nslab_kernel.linux.lab import lab; print(lab().kind, lab().own_pids)"
    folder = kernel.run("import os; print(os.getcwd())").strip()

    assert visit(kernel, "sh", "-c", "id -u; pwd; cat /proc/1/comm").split() == ["0", folder, "nslab-first"]
    assert visit(kernel, sys.executable, "-P", "-c", look) == "sandbox True\n"


def test_a_command_has_its_own_options(kernel):
    """Options after the command's name are the command's own, with or without `--` before the command."""
    words = [*kernel.prefix, sys.executable, "-m", "nslab_kernel", "enter", "--lab", str(kernel.tree()[2].pid)]
    plain = subprocess.run([*words, "ip", "-br", "link"], capture_output=True, text=True, check=False)

    assert plain.stdout.startswith("lo ")
    assert plain.stdout == visit(kernel, "ip", "-br", "link")


def test_a_lab_is_known_by_its_notebook(kernel):
    """`running_labs()` gives the notebook's path, or the folder where the kernel was started."""
    pid = kernel.tree()[2].pid

    (found,) = [lab for lab in running_labs() if lab.pid == pid]

    assert found.notebook == kernel.run("import os; print(os.getcwd())").strip()


def test_a_lab_is_known_by_its_network_namespace(kernel):
    """`--lab` also takes the inode of the lab's network namespace, a number that is the same inside and outside."""
    inode = kernel.run("from nslab_kernel.linux.lab import lab; print(lab().netns)").strip()

    assert visit(kernel, "readlink", "/proc/self/ns/net", lab=inode) == f"net:[{inode}]\n"


def test_it_asks_which_lab_is_meant():
    """If no lab has the number, the program lists the labs that run, and exits with 2."""
    command = [sys.executable, "-m", "nslab_kernel", "enter", "--lab", "1", "--", "true"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=launches.REPO)

    assert done.returncode == 2
    assert done.stderr


def test_a_visitor_goes_with_the_lab(kernel):
    """When the kernel ends, the visitor's shell ends too."""
    pid = str(kernel.tree()[2].pid)
    words = [
        *kernel.prefix,
        sys.executable,
        "-m",
        "nslab_kernel",
        "enter",
        "--lab",
        pid,
        "--",
        "sh",
        "-c",
        "echo in; sleep 3600",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as visitor:
        assert visitor.stdout.readline() == "in\n"
        tree = kernel.tree()

        kernel.end()

        assert visitor.wait(timeout=GONE_S) != 0
        assert left_of(tree) == []
