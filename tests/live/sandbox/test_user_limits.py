"""Users whose resource limits are low or too low for a kernel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_client.connect import write_connection_file

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import READY_S, notebook

pytestmark = pytest.mark.outside


SOMEBODY = 4399
"""A user id without other processes: Linux counts all processes of a user, wherever they run."""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who has no other processes")


@as_root
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("--nproc=4:4", "its user may have 4 processes and threads. ulimit -u 4096"),
        ("--nofile=64:64", "its user may have 64 files open. ulimit -n 1024"),
    ],
)
def test_too_little_is_said_in_one_line(limit, said):
    """The kernel exits with 1, and one line on stderr says which limit is too low, and how to raise it."""
    file, _ = write_connection_file(str(launches.user_kit() / "home/somebodys.json"))
    Path(file).chmod(0o644)
    words = [*launches.as_user("", SOMEBODY), "prlimit", limit]
    words += [sys.executable, "-P", "-m", "nslab_kernel.sandbox.launcher", "-f", file]

    done = subprocess.run(
        words, capture_output=True, text=True, timeout=READY_S, check=False, env={**os.environ, "NSLAB_LANG": "en"}
    )

    assert done.stderr == f"nslab: this notebook kernel cannot start: {said}\n"
    assert done.returncode == 1


def test_a_file_that_cannot_be_written_is_named():
    """If the connection file cannot be written, one line says so, and names its folder."""
    words = [sys.executable, "-P", "-m", "nslab_kernel.sandbox.launcher", "-f", "/proc/none/kernel.json"]

    done = subprocess.run(words, capture_output=True, text=True, timeout=READY_S, check=False)

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "/proc/none" in done.stderr


@as_root
@pytest.mark.parametrize("most", [22, 40])
def test_few_processes_are_enough(most):
    """A lab works within a limit of 22 processes and threads."""
    user = launches.as_user("", SOMEBODY)
    with notebook([*user, "prlimit", f"--nproc={most}:{most}"], folder=launches.user_kit() / "home") as kernel:
        assert kernel.run("!ip netns add a; ip netns list").endswith("a\r\n")


def test_files_are_raised_as_far_as_it_goes():
    """The kernel raises the soft limit of open files to the hard limit."""
    with notebook(prefix=["prlimit", "--nofile=64:4096"]) as kernel:
        assert "4096" in kernel.run("import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))")


@pytest.mark.parametrize("settings", [["PATH="], ["LC_ALL=POSIX", "PYTHONUTF8=0"]], ids=["no PATH", "no locale"])
def test_a_poor_environment_does(settings):
    """The kernel starts without any PATH, and in a locale that cannot encode Chinese."""
    assert launches.no_prefix == []
    with notebook(prefix=["/usr/bin/env", *settings]) as kernel:
        assert kernel.run("print(1)") == "1\n"
