"""The processes of a namespace end when they are told to."""

import os
import subprocess
import sys

from nslab_kernel.linux import netns_processes

HOLDS_MEMORY = "held = b'x' * 500_000_000; print('ready', flush=True); input()"
"""Linux needs a while to take so much memory back."""


def test_killed_processes_have_ended():
    """Whoever looks afterwards finds none of them, however long Linux needs to end them."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLDS_MEMORY], stdin=pipe, stdout=pipe) as program:
        assert program.stdout.readline() == b"ready\n"
        netns_processes.kill((program.pid,))
        ended = os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    assert ended


def test_one_that_has_ended_is_no_error():
    program = subprocess.Popen(["true"])
    program.wait()
    netns_processes.kill((program.pid,))
