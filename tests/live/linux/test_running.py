"""The worker thread and programs: interrupts, forks and limits."""

import errno
import os
import resource
import signal
import threading
import time
from pathlib import Path

import psutil
import pytest

from nslab_kernel.errors import MissingProgram, NoNamespace, RefusedByLinux
from nslab_kernel.linux import command, namespaces, worker
from tests.live.shell import interrupt_when


def inode():
    return Path("/proc/thread-self/ns/net").stat().st_ino


def sleepers():
    return [program for program in psutil.process_iter(["cmdline"]) if ["sleep", "98765"] == program.info["cmdline"]]


def test_work_is_done_inside_and_the_thread_comes_home():
    """Work runs in its namespace; the thread returns to the host's, also after an error or nested work."""
    namespaces.add("test1")
    there = namespaces.inodes()["test1"]

    assert there == worker.run("test1", inode)
    assert there == worker.run(None, worker.run, "test1", inode)
    with pytest.raises(ZeroDivisionError):
        worker.run("test1", divmod, 1, 0)
    assert inode() == worker.run(None, inode)


def test_what_hinders_the_thread_is_not_called_a_missing_namespace():
    """If the process may open no more files, the error is Linux's EMFILE, not a missing namespace."""
    namespaces.add("test1")
    assert worker.run("test1", inode)
    least = os.dup(0)
    os.close(least)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (least, before[1]))
    try:
        with pytest.raises(RefusedByLinux) as caught:
            worker.run("test1", inode)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert errno.EMFILE == caught.value.errno
    assert worker.run("test1", inode)


def test_a_missing_namespace_is_told_with_near_names():
    """The error for a mistyped namespace suggests the right name."""
    namespaces.add("test1")

    with pytest.raises(NoNamespace) as caught:
        worker.run("tset1", inode)
    assert "test1" == caught.value.near


def test_an_interrupt_ends_the_waiting():
    """An interrupt ends the waiting, but not the work, for which later work has to wait."""
    begun, ended = threading.Event(), threading.Event()
    interrupt_when(begun.is_set)

    with pytest.raises(KeyboardInterrupt):
        worker.run(None, lambda: begun.set() or ended.wait())
    ended.set()
    assert inode() == worker.run(None, inode)


def test_a_fork_starts_its_own_thread():
    """A forked process has no worker thread, and starts its own instead of waiting for the parent's."""
    worker.run(None, inode)
    child = os.fork()
    if child == 0:
        os._exit(0 if worker.run(None, inode) else 1)

    assert 0 == os.waitpid(child, 0)[1]


def test_output_and_errors_come_in_their_order():
    """Output and errors are in order, as on a terminal; each line is reported once, and the status is returned."""
    lines = []
    finished = command.run(["sh", "-c", "echo one; echo two >&2; printf three; exit 3"], on_line=lines.append)

    assert ("one\ntwo\nthree", 3) == (finished.text, finished.status)
    assert ["one", "two"] == lines


def test_a_missing_program_names_its_package():
    """The error names the program that is missing."""
    with pytest.raises(MissingProgram) as caught:
        command.run(["no-such-program"])
    assert "no-such-program" == caught.value.program


def test_a_limit_ends_a_program():
    """A program is ended after its time limit, and its output until then is kept."""
    finished = command.run(["sh", "-c", "echo one; sleep 1000"], timeout_s=3)

    assert ("one\n", command.TIMED_OUT) == (finished.text, finished.status)


def test_a_signal_is_told_as_a_shell_does():
    """A program that a signal has ended has the status 128 plus the signal's number."""
    assert 128 + signal.SIGTERM == command.run(["sh", "-c", "kill $$"]).status


def test_an_interrupt_kills_the_program_and_its_children():
    """An interrupt kills the program with its child processes."""
    interrupt_when(lambda: len(sleepers()) == 2)

    with pytest.raises(KeyboardInterrupt):
        command.run(["sh", "-c", "sleep 98765 & sleep 98765"])
    assert [] == psutil.wait_procs(sleepers(), timeout=60)[1]


def test_an_interrupt_while_a_program_starts_kills_it_too(monkeypatch):
    """An interrupt may come when the program runs already, and its process id is not yet stored."""
    start = command.start

    def interrupted(argv):
        started = start(argv)
        os.kill(os.getpid(), signal.SIGINT)
        return started

    monkeypatch.setattr(command, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        command.run(["sleep", "98765"])
    assert [] == psutil.wait_procs(sleepers(), timeout=60)[1]


def test_a_program_in_the_background_is_not_waited_for():
    """A background process that holds the output pipe does not keep the cell waiting."""
    started = time.monotonic()
    finished = command.run(["sh", "-c", "sleep 1000 & echo done"])

    assert "done\n" == finished.text
    assert time.monotonic() - started < 100
