"""Whether a program waits for input from a terminal."""

import os
import platform

from nslab_kernel.linux.tty_wait import NewTerminals


def test_on_a_machine_whose_calls_are_not_known(monkeypatch):
    """Where the numbers of the system calls are not known, no program counts as waiting, and no error is raised."""
    readers = NewTerminals(os.getpid())
    monkeypatch.setattr(readers, "_before", set())
    monkeypatch.setattr("nslab_kernel.linux.tty_wait._foreground_of", lambda pid: [os.getsid(0)])
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    assert not readers.waits()
