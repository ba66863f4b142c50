"""`sandbox_run`: what it returns or raises, and that nothing is left."""

import errno
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest

from nslab_kernel.linux.lab import lab
from nslab_kernel.sandbox import run_in_sandbox
from nslab_kernel.sandbox.isolate import Refused
from nslab_kernel.sandbox.run_in_sandbox import Ended, sandbox_run
from tests.live.sandbox.notebook import machine

pytestmark = pytest.mark.outside


def test_the_value_comes_back():
    """The caller gets the value that the function returns."""
    assert sandbox_run(lambda: lab().kind) == "sandbox"
    assert lab().kind == "none"


def test_the_error_comes_back():
    """An error of the function is raised in the caller, with the traceback of the sandbox as a note."""

    def fail():
        raise KeyError("lost")

    with pytest.raises(KeyError, match="lost") as raised:
        sandbox_run(fail)
    assert "in fail" in raised.value.__notes__[0]


def test_an_error_that_cannot_travel_is_told_as_text():
    """An error that cannot be pickled is raised as a RuntimeError with the traceback's text."""

    class Local(Exception):
        pass

    def fail():
        raise Local("strange")

    with pytest.raises(RuntimeError, match="strange"):
        sandbox_run(fail)


@pytest.mark.parametrize(
    ("end", "code"), [(lambda: os._exit(3), "3"), (lambda: os.kill(os.getpid(), signal.SIGKILL), "137")]
)
def test_an_early_end_is_told(end, code):
    """If the process ends before the function returns, `Ended` has its exit code, counted as a shell does."""
    with pytest.raises(Ended, match=code):
        sandbox_run(end)


def test_a_limit_ends_it():
    """After the limit the sandbox is ended, with all processes that the function has started."""
    mark = f"3{os.getpid()}"

    def hang():
        subprocess.run(f"setsid -f sleep {mark}", shell=True, check=True)
        time.sleep(3600)

    with pytest.raises(TimeoutError):
        sandbox_run(hang, limit_s=0.5)
    assert subprocess.run(["pgrep", "-f", f"sleep {mark}"], check=False).returncode == 1


def test_a_refusal_leaves_no_open_file(monkeypatch):
    """A refusal leaves no open file, because `nslab doctor` and `lab_doctor()` go on after it."""

    def refuse(start, files):
        raise Refused("unshare", errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(run_in_sandbox, "open_sandbox", refuse)
    before = open_files()
    with pytest.raises(Refused):
        sandbox_run(lambda: None)
    assert before == open_files()


def test_nothing_is_left():
    """Neither processes, nor zombies, nor open files are left, and the machine is as before."""
    before, files, children = machine(), open_files(), psutil.Process().children()

    sandbox_run(lambda: subprocess.run("setsid -f sleep 3600; ip netns add x", shell=True, check=True).returncode)

    assert machine() == before
    assert open_files() == files
    assert psutil.Process().children() == children


def test_threads_are_no_hindrance():
    """The caller may have threads, although Linux lets only a process with one thread enter a new user namespace."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert sandbox_run(lambda: lab().own_pids)
    finally:
        done.set()
        thread.join()


def test_an_interrupt_reaches_the_function():
    """SIGINT raises KeyboardInterrupt in the function, as in a cell."""

    def interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

    with pytest.raises(KeyboardInterrupt):
        sandbox_run(interrupt)


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))
