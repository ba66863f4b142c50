"""The kernel "NS Lab": an IPython kernel in a sandbox of its own.

    python -P -m nslab_kernel.sandbox.launcher -f CONNECTION_FILE

Where Linux refuses a sandbox a plain kernel starts instead, which says what is missing and changes nothing.
"""

import os
import signal
import sys
from typing import NoReturn

from nslab_kernel.linux.lab import REFUSED, Lab, announce, lab
from nslab_kernel.sandbox import processes
from nslab_kernel.sandbox.enter import Refused, open_sandbox
from nslab_kernel.sandbox.listeners import Listeners, listen
from nslab_kernel.sandbox.refusals import reason_and_remedy
from nslab_kernel.sandbox.watch import Jupyter, watch


def main() -> None:
    """Start the kernel that the command line asks for."""
    # What comes while the sandbox is made waits, and is forwarded then.
    signal.pthread_sigmask(signal.SIG_BLOCK, processes.HANDLED)
    jupyter, listeners = Jupyter(), listen(sys.argv[1:])

    def work() -> NoReturn:
        _start_inside(listeners)

    try:
        sandbox = open_sandbox(work)
    except Refused as refused:
        _start_plain(listeners, refused)
    else:
        listeners.close()  # else a dead kernel's ports would stay open, and its clients hang
        watch(sandbox, jupyter)


def _start_inside(listeners: Listeners) -> NoReturn:
    # 1 says "has a parent, and need not look whether it lives": the sandbox ends with its first process.
    os.environ["JPY_PARENT_PID"] = "1" if lab().own_pids else str(os.getppid())
    listeners.restore_file()
    _run(listeners)
    sys.exit(0)


def _start_plain(listeners: Listeners, refused: Refused) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, processes.HANDLED)
    reason, remedy = reason_and_remedy(refused)
    announce(Lab(REFUSED, reason=reason, remedy=remedy))
    _run(listeners)


def _run(listeners: Listeners) -> None:
    from nslab_kernel.sandbox.kernelapp import run_kernel  # late: only the last process carries IPython

    run_kernel(sys.argv[1:] + listeners.arguments, listeners.descriptors)


if __name__ == "__main__":
    main()
