"""The outer process of a notebook kernel: opens the sandbox, then stays.

Where Linux refuses a sandbox a plain kernel starts instead, which says what is missing and changes nothing.
"""

import gc
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from nslab_kernel.linux.lab import REFUSED, Lab, announce
from nslab_kernel.sandbox import first_process
from nslab_kernel.sandbox.connection import Connection, connect
from nslab_kernel.sandbox.create import Inside, open_sandbox
from nslab_kernel.sandbox.files import files_of
from nslab_kernel.sandbox.isolate import Refused, SandboxOptions
from nslab_kernel.sandbox.relay import start_relay
from nslab_kernel.sandbox.supervisor import Jupyter, supervise
from nslab_kernel.sandbox.user_limits import cannot_start, require_files, require_threads

_WRITABLE = "--writable="
_PRELOADED = ("logging", "concurrent.futures", "ssl", "asyncio", "zmq.constants", "zmq", "traitlets", "tornado.ioloop")
"""Modules that IPython's kernel imports first, in steps short enough to stop between them."""


def main() -> None:
    """Start the kernel that the command line asks for."""
    # Signals that come while the sandbox is made stay pending, and are forwarded afterwards.
    signal.pthread_sigmask(signal.SIG_BLOCK, first_process.HANDLED)
    jupyter = Jupyter()
    require_files()
    open_too = [Path(word.removeprefix(_WRITABLE)) for word in sys.argv[1:] if word.startswith(_WRITABLE)]
    try:
        connection = connect([word for word in sys.argv[1:] if not word.startswith(_WRITABLE)])
    except OSError as error:  # a port is taken, or the connection file cannot be written
        raise cannot_start(error) from None
    said, saying = os.pipe()

    def start(inside: Inside) -> NoReturn:
        # The lab must hold nothing of the machine open: no socket, no pidfd of Jupyter, no terminal.
        connection.close()
        jupyter.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, stream in ((nothing, 0), (saying, 1), (saying, 2)):
            os.dup2(descriptor, stream)
        for descriptor in (nothing, said, saying):
            os.close(descriptor)
        require_threads()
        first_process.be_first(lambda: _be_kernel(inside, connection), inside.outer, inside.own_pids)

    files = files_of(Path.cwd(), open_too, connection.file)
    try:
        sandbox = open_sandbox(start, SandboxOptions(files, tuple(connection.listeners), _PRELOADED))
    except Refused as refused:
        _start_plain(connection, refused)
        return
    os.close(saying)
    with suppress(RuntimeError):  # no thread can be started; the kernel fails for the same reason, and says so
        start_relay(connection.listeners, sandbox.sockets, said)
    supervise(sandbox, jupyter, connection.remove_file)


def _be_kernel(inside: Inside, connection: Connection) -> NoReturn:
    # 1 tells ipykernel not to check whether its parent is alive: the sandbox ends with its first process.
    os.environ["JPY_PARENT_PID"] = "1" if inside.own_pids else str(os.getppid())
    gc.disable()  # imported objects stay: collecting garbage among them takes a twentieth of the start
    # Imported late: only this process needs IPython, and ipykernel reads JPY_PARENT_PID when it is imported.
    from nslab_kernel.sandbox.kernelapp import run_kernel

    gc.enable()
    run_kernel(list(connection.arguments), inside.listeners)
    sys.exit(0)


def _start_plain(connection: Connection, refused: Refused) -> None:
    from nslab_kernel.sandbox.host_policy import reason_and_remedy
    from nslab_kernel.sandbox.kernelapp import run_kernel

    require_threads()
    connection.close()  # ipykernel binds the same ports
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ipykernel handles it while a cell runs
    signal.pthread_sigmask(signal.SIG_UNBLOCK, first_process.HANDLED)
    reason, remedy = reason_and_remedy(refused)
    announce(Lab(REFUSED, reason=reason, remedy=remedy))
    run_kernel(list(connection.arguments), {})
    connection.remove_file()


if __name__ == "__main__":
    main()
