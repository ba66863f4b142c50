"""The worker thread and programs: interrupts, forks, limits."""

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
    """Also when the work raises, and when one piece of work asks for another."""
    namespaces.add("test1")
    there = namespaces.inodes()["test1"]

    assert there == worker.run("test1", inode)
    assert there == worker.run(None, worker.run, "test1", inode)
    with pytest.raises(ZeroDivisionError):
        worker.run("test1", divmod, 1, 0)
    assert inode() == worker.run(None, inode)


def test_what_hinders_the_thread_is_not_called_a_missing_namespace():
    """A process may have only so many files open; Linux says so."""
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
    """A slip of the finger finds the name that was meant."""
    namespaces.add("test1")

    with pytest.raises(NoNamespace) as caught:
        worker.run("tset1", inode)
    assert "test1" == caught.value.near


def test_an_interrupt_ends_the_waiting():
    """The cell is free again; the work goes on, and later work waits for it."""
    begun, ended = threading.Event(), threading.Event()
    interrupt_when(begun.is_set)

    with pytest.raises(KeyboardInterrupt):
        worker.run(None, lambda: begun.set() or ended.wait())
    ended.set()
    assert inode() == worker.run(None, inode)


def test_a_fork_starts_its_own_thread():
    """A fork copies no thread, and must not wait for one."""
    worker.run(None, inode)
    child = os.fork()
    if child == 0:
        os._exit(0 if worker.run(None, inode) else 1)

    assert 0 == os.waitpid(child, 0)[1]


def test_output_and_errors_come_in_their_order():
    """As on a terminal; the status is told, each line once."""
    lines = []
    finished = command.run(["sh", "-c", "echo one; echo two >&2; printf three; exit 3"], on_line=lines.append)

    assert ("one\ntwo\nthree", 3) == (finished.text, finished.status)
    assert ["one", "two"] == lines


def test_a_missing_program_names_its_package():
    """One line to run."""
    with pytest.raises(MissingProgram) as caught:
        command.run(["no-such-program"])
    assert "no-such-program" == caught.value.program


def test_a_limit_ends_a_program():
    """And what came until then is kept."""
    finished = command.run(["sh", "-c", "echo one; sleep 1000"], timeout_s=3)

    assert ("one\n", command.TIMED_OUT) == (finished.text, finished.status)


def test_a_signal_is_told_as_a_shell_does():
    """128 and its number."""
    assert 128 + signal.SIGTERM == command.run(["sh", "-c", "kill $$"]).status


def test_an_interrupt_kills_the_program_and_its_children():
    """Nothing of it is left."""
    interrupt_when(lambda: len(sleepers()) == 2)

    with pytest.raises(KeyboardInterrupt):
        command.run(["sh", "-c", "sleep 98765 & sleep 98765"])
    assert [] == psutil.wait_procs(sleepers(), timeout=60)[1]


def test_an_interrupt_while_a_program_starts_kills_it_too(monkeypatch):
    """It comes when the program runs, and nobody can name it yet."""
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
    """`sleep &` holds the pipe, not the cell."""
    started = time.monotonic()
    finished = command.run(["sh", "-c", "sleep 1000 & echo done"])

    assert "done\n" == finished.text
    assert time.monotonic() - started < 100
