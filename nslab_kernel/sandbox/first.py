"""The first program in a notebook's lab: process 1, starts IPython.

It is a Python of its own, so that nothing of the outer one's memory and environment comes in here.
"""

import json
import os
import sys
from typing import NoReturn

from nslab_kernel.sandbox import environment, processes
from nslab_kernel.sandbox.leave import Inside
from nslab_kernel.sandbox.room import require_threads


def become_first(inside: Inside, arguments: tuple[str, ...]) -> NoReturn:
    """Replace this process, the first of a sandbox, by this program.

    Args:
        inside: What the sandbox hands in.
        arguments: The command line for ipykernel.
    """
    for descriptor in (inside.outer, *inside.listeners.values()):
        os.set_inheritable(descriptor, True)
    words = [json.dumps(inside.__dict__), *arguments]
    os.execve(sys.executable, [sys.executable, "-P", "-m", __name__, *words], environment.for_lab())


def main() -> NoReturn:
    """Start IPython, and see to the lab until it ends."""
    facts = json.loads(sys.argv[1])
    listeners = {int(port): descriptor for port, descriptor in facts.pop("listeners").items()}
    inside = Inside(**facts, listeners=listeners)
    for descriptor in (inside.outer, *listeners.values()):
        os.set_inheritable(descriptor, False)
    require_threads()
    processes.be_first(lambda: _be_kernel(inside, sys.argv[2:]), inside.outer, inside.own_pids)


def _be_kernel(inside: Inside, arguments: list[str]) -> NoReturn:
    # 1 says "has a parent, and need not look whether it lives": the sandbox ends with its first process.
    os.environ["JPY_PARENT_PID"] = "1" if inside.own_pids else str(os.getppid())
    # Late: only the last process carries IPython, which reads that.
    from nslab_kernel.sandbox.kernelapp import run_kernel

    run_kernel(arguments, inside.listeners)
    sys.exit(0)


if __name__ == "__main__":
    main()
