"""Attacks that take more of the machine than a lab may have."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_MOST = 256 << 20
_TASKS = 4200
_STARTER = f"""
import os, threading
threading.stack_size(1 << 16)
never, count = threading.Event(), 0
try:
    while count < {_TASKS}:
        threading.Thread(target=never.wait).start()
        count += 1
finally:
    os.write(1, str(count).encode())
    os._exit(0)
"""
"""Starts threads: Linux's limits count them as tasks, like processes, and they cost the machine least."""


def fills_memory_by_files(machine):
    """Try to fill each tmpfs beyond the limit, which is the smaller of 256 MB and a quarter of the memory."""
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
    """Start tasks until Linux refuses another one, or `_TASKS` of them run."""
    words = [sys.executable, "-I", "-S", "-c", _STARTER]
    made = int(subprocess.run(words, capture_output=True, text=True, check=False).stdout or 0)
    return [f"started {made} tasks"] if made >= _TASKS else []


def floods_the_page(machine, size):
    """Print `size` characters; the test outside counts how many arrive."""
    line = "x" * 99_999
    for _ in range(int(size) // 100_000):
        print(line)
    return []
