"""Ways to take more of the machine than a lab's share."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_MOST = 256 << 20
_PROCESSES = 4200
_FORKER = f"""
import os, signal
os.setpgid(0, 0)
signal.alarm(20)
count = 0
try:
    while count < {_PROCESSES}:
        if os.fork() == 0:
            signal.alarm(20)
            signal.pause()
            os._exit(0)
        count += 1
except OSError:
    pass
print(count, flush=True)
os.killpg(0, signal.SIGKILL)
"""


def fills_memory_by_files(machine):
    """Fill each file system that lies in memory."""
    total = int(Path("/proc/meminfo").read_text().split()[1]) << 10
    limit, achieved = min(_MOST, total // 4), {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        _, _, device, _, point, *_ = before.split()
        if after.startswith("tmpfs") and device not in achieved:
            with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=point) as file:
                os.posix_fallocate(file.fileno(), 0, limit + (1 << 20))
                achieved[device] = f"{point} takes more than {limit >> 20} MB of memory"
    return list(achieved.values())


def forks_without_end(machine):
    """Start processes until no more are allowed."""
    words = [sys.executable, "-I", "-S", "-c", _FORKER]
    made = int(subprocess.run(words, capture_output=True, text=True, check=False).stdout or 0)
    return [f"started {made} processes"] if made >= _PROCESSES else []


def floods_the_page(machine, size):
    """Print without end; what arrives is counted outside."""
    line = "x" * 99_999
    for _ in range(int(size) // 100_000):
        print(line)
    return []
