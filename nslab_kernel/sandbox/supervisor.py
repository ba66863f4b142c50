"""The outer process of a kernel: forwards signals, watches, ends.

It stays on the machine, as the process that Jupyter started. It forwards signals to the sandbox, ends with the kernel's
exit status, and kills the sandbox when Jupyter has ended without a signal.
"""

import contextlib
import os
import select
import signal
from collections.abc import Callable
from typing import NoReturn

from nslab_kernel.linux import libc
from nslab_kernel.sandbox import first_process
from nslab_kernel.sandbox.create import OpenSandbox

_LOOK_S = 0.5


class Jupyter:
    """The Jupyter process that started this kernel; it may not be the parent, if a script is between."""

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._manager: int | None = None
        with contextlib.suppress(OSError, ValueError):
            self._manager = os.pidfd_open(int(os.environ.get("JPY_PARENT_PID") or 0))

    def close(self) -> None:
        """Close the descriptor of its process."""
        if self._manager is not None:
            os.close(self._manager)

    def is_gone(self) -> bool:
        """Return whether Jupyter has ended; without JPY_PARENT_PID it is not watched, and this is always False."""
        if self._manager is None:
            return False
        return os.getppid() != self._parent or bool(select.select([self._manager], [], [], 0)[0])


def supervise(sandbox: OpenSandbox, jupyter: Jupyter, clean_up: Callable[[], None]) -> NoReturn:
    """Forward signals to the sandbox until it ends, then end with its status; kill it if Jupyter has ended.

    The signals of `first_process.HANDLED` must be blocked.
    """
    own_pids = sandbox.own_pids
    libc.set_process_name("nslab-outer")
    libc.set_subreaper(not own_pids)
    while True:
        got = signal.sigtimedwait(first_process.HANDLED, _LOOK_S)
        if got and got.si_signo != signal.SIGCHLD:
            os.kill(sandbox.first, got.si_signo)
        if os.waitid(os.P_PID, sandbox.first, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            code = first_process.exit_code(os.waitpid(sandbox.first, 0)[1])
            if not own_pids:
                first_process.kill_descendants()
            clean_up()
            _end_like(code)
        if jupyter.is_gone():
            os.kill(sandbox.first, signal.SIGKILL)


def _end_like(code: int) -> NoReturn:
    signo = code - 128
    if signo > 0:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(signo, signal.SIG_DFL)  # refused for SIGKILL, which has no handler
        with contextlib.suppress(OSError, ValueError):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signo})
            os.kill(os.getpid(), signo)
    os._exit(code)
