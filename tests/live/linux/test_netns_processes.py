"""netns_processes.kill() returns when the processes have ended."""

import os
import subprocess
import sys

from nslab_kernel.linux import netns_processes

HOLDS_MEMORY = "held = b'x' * 500_000_000; print('ready', flush=True); input()"
"""Linux needs a while to free so much memory."""


def test_killed_processes_have_ended():
    """After kill() the processes have ended, however long Linux needed for it."""
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
