"""Runs a program that ends with its terminal, also below make: with_terminal.py PROGRAM [WORD]...

Of a terminal that is closed Linux tells the first process of its session, and the others once that one has ended. make,
where it is the first (`ssh -t machine make lab`), waits for its programs instead, and they never hear of it.
"""

import os
import select
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Become the program; where make is the first process of the session, somebody looks at the terminal meanwhile."""
    if os.getsid(0) == os.getppid():
        watch_terminal_for(os.pidfd_open(os.getpid()))
    os.execvp(sys.argv[1], sys.argv[1:])


def watch_terminal_for(program: int) -> None:
    """Send a program the signal SIGHUP when the terminal of its session is closed; in a process of its own.

    Args:
        program: A descriptor of its process.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # the session has none
        return
    if os.fork() == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        either = select.poll()
        either.register(terminal, 0)  # that it was closed is told in any case
        either.register(program, select.POLLIN)
        either.poll()
        with suppress(ProcessLookupError):  # it has ended, and not the terminal
            signal.pidfd_send_signal(program, signal.SIGHUP)
        os._exit(0)


if __name__ == "__main__":
    main()
