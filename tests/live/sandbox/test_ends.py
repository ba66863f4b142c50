"""However a kernel ends, it leaves no process and no change behind."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.conftest import LAUNCHES, launch, ordinary
from tests.live.sandbox.notebook import GONE_S, Notebook, left_of, machine

pytestmark = pytest.mark.outside
REMAIN = """
import subprocess
from nslab_kernel.linux.lab import lab
assert lab().kind == "sandbox"
for line in (
    "ip netns add red; ip link add name v1 type veth peer name v2 netns red",
    "setsid -f sleep 3600",
    "setsid -f ping -q 127.0.0.1",
    "setsid -f ip netns exec red sleep 3600",
):
    subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL)
"""
MANAGER = """
import json, sys
from tests.live.sandbox.notebook import Notebook
kernel = Notebook(prefix=json.loads(sys.argv[2])).wait()
kernel.run(sys.argv[1])
print(*(process.pid for process in kernel.tree()), flush=True)
sys.stdin.read()
"""
SCRIPT = ["sh", "-c", '"$@"; exit $?', "sh"]


@pytest.fixture
def start():
    """Yield a function that starts a kernel with a network and lasting processes; the machine must not change."""
    before, started = machine(), []

    def start(**kwargs):
        kernel = Notebook(**kwargs).wait()
        started.append(kernel)
        kernel.run(REMAIN)
        return kernel

    yield start
    for kernel in started:
        kernel.end()
    assert machine() == before


def launches_by_name():
    """Return how to start a kernel: as each kind of user, and where the sandbox has no pid namespace of its own."""
    return {name: launch(name) for name in LAUNCHES} | {"no pid namespace": ordinary(launches.covered_proc)}


@pytest.mark.parametrize("place", [0, 1, 2], ids=["outer", "first", "kernel"])
@pytest.mark.parametrize("launch_name", ["own", *LAUNCHES[1:], "no pid namespace"])
def test_nothing_is_left_when_one_is_killed(start, launch_name, place):
    """kill -9 of any one of the kernel's three processes ends all three, and all that the cells had started."""
    tree = start(**launches_by_name()[launch_name]).tree()
    assert len(tree) == 6

    tree[place].kill()

    assert left_of(tree) == []


@pytest.mark.parametrize("prefix", [[], SCRIPT], ids=["directly", "through a script"])
def test_nothing_is_left_when_jupyter_is_killed(prefix):
    """A Jupyter server that is killed, and so cannot shut down its kernels, takes them with it."""
    before = machine()
    manager = subprocess.Popen(
        [sys.executable, "-c", MANAGER, REMAIN, json.dumps(prefix)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=launches.REPO,
    )  # fmt: skip
    tree = [psutil.Process(int(pid)) for pid in manager.stdout.readline().split()]
    assert len(tree) == (7 if prefix else 6)

    manager.kill()
    manager.communicate()

    assert left_of(tree) == []
    assert machine() == before


def test_nothing_is_left_after_shutdown(start):
    """A shutdown ends the processes that the learner's cells have left running too."""
    kernel = start()
    tree = kernel.tree()

    kernel.end()

    assert left_of(tree) == []


def test_a_restart_is_a_new_lab(start):
    """A restarted kernel has a new lab: none of the old namespaces, links and processes."""
    kernel = start()
    old = kernel.tree()

    kernel.manager.restart_kernel()
    kernel.wait()

    assert left_of(old) == []
    assert kernel.run("!ip netns list; ip -br link | wc -l; pgrep -c sleep") == "1\r\n0\r\n"


@pytest.mark.parametrize(
    ("code", "status"),
    [("import os; os._exit(3)", 3), ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV)],
    ids=["exit", "signal"],
)
def test_it_ends_as_its_kernel_ended(start, code, status):
    """Jupyter sees IPython's own exit status, or the signal that ended it."""
    kernel = start()
    tree = kernel.tree()
    kernel.client.execute(code)

    assert kernel.manager.provisioner.process.wait(timeout=GONE_S) == status
    assert left_of(tree) == []


def test_a_terminated_kernel_ends(start):
    """SIGTERM to the outer process ends the whole kernel, as with any kernel."""
    kernel = start()
    tree = kernel.tree()

    os.kill(tree[0].pid, signal.SIGTERM)

    assert kernel.manager.provisioner.process.wait(timeout=GONE_S) == -signal.SIGTERM
    assert left_of(tree) == []


def test_an_early_interrupt_does_no_harm():
    """An interrupt while the kernel starts does not end the kernel."""
    kernel = Notebook()
    try:
        while "nslab_kernel.sandbox.outer" not in kernel.tree()[0].cmdline():  # before, Python itself is not ready
            time.sleep(0.001)
        for _ in range(5):
            kernel.manager.interrupt_kernel()
            time.sleep(0.05)
        assert kernel.wait().run("1") == "1\n"
    finally:
        kernel.end()
