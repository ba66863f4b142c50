"""The kernel "NS Lab": an IPython kernel in a sandbox of its own.

    python -P -m nslab_kernel.sandbox.launcher [--writable=FOLDER]... -f CONNECTION_FILE

Where Linux refuses a sandbox a plain kernel starts instead, which says what is missing and changes nothing.
"""

import signal
import sys
from contextlib import suppress
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import REFUSED, Lab, announce
from nslab_kernel.sandbox import processes
from nslab_kernel.sandbox.connection import Connection, connect
from nslab_kernel.sandbox.enter import open_sandbox
from nslab_kernel.sandbox.files import files_of
from nslab_kernel.sandbox.first import become_first
from nslab_kernel.sandbox.leave import Refused
from nslab_kernel.sandbox.relay import Relay
from nslab_kernel.sandbox.room import require_files, require_threads
from nslab_kernel.sandbox.watch import Jupyter, watch

_WRITABLE = "--writable="


def main() -> None:
    """Start the kernel that the command line asks for."""
    # What comes while the sandbox is made waits, and is forwarded then.
    signal.pthread_sigmask(signal.SIG_BLOCK, processes.HANDLED)
    jupyter = Jupyter()
    require_files()
    open_too = [Path(word.removeprefix(_WRITABLE)) for word in sys.argv[1:] if word.startswith(_WRITABLE)]
    try:
        connection = connect([word for word in sys.argv[1:] if not word.startswith(_WRITABLE)])
    except OSError as error:  # a port is taken, or the connection file has no place
        raise SystemExit(_("nslab: this notebook kernel cannot start: {error}").format(error=error)) from None
    files = files_of(Path.cwd(), open_too, connection.file)
    try:
        sandbox = open_sandbox(
            lambda inside: become_first(inside, connection.arguments), files, tuple(connection.listeners)
        )
    except Refused as refused:
        _start_plain(connection, refused)
        return
    with suppress(RuntimeError):  # no thread may be started: the kernel finds the same, and says so
        Relay(connection.listeners, sandbox.sockets).start()
    watch(sandbox, jupyter, connection.remove_file)


def _start_plain(connection: Connection, refused: Refused) -> None:
    from nslab_kernel.sandbox.kernelapp import run_kernel
    from nslab_kernel.sandbox.refusals import reason_and_remedy

    require_threads()
    connection.close()  # ipykernel binds the same ports
    signal.pthread_sigmask(signal.SIG_UNBLOCK, processes.HANDLED)
    reason, remedy = reason_and_remedy(refused)
    announce(Lab(REFUSED, reason=reason, remedy=remedy))
    run_kernel(list(connection.arguments), {})
    connection.remove_file()


if __name__ == "__main__":
    main()
