"""Runs PROGRAM [ARGUMENT]... so that it ends when its terminal closes.

Linux sends SIGHUP for a closed terminal to the session leader, and to other processes only when the leader ends. If
make is the leader (`ssh -t machine make lab`), it waits for its programs instead of ending, so they get no signal.
"""

import os
import select
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Execute the program; if its parent is the session leader, first start a process that watches the terminal."""
    if os.getsid(0) == os.getppid():
        watch_terminal_for(os.pidfd_open(os.getpid()))
    os.execvp(sys.argv[1], sys.argv[1:])


def watch_terminal_for(program: int) -> None:
    """Start a process that sends a program SIGHUP when the terminal of the session is closed.

    Args:
        program: A pidfd of the program.
    """
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # the session has no terminal
        return
    if os.fork() == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        either = select.poll()
        either.register(terminal, 0)  # POLLHUP is reported in any case
        either.register(program, select.POLLIN)
        either.poll()
        with suppress(ProcessLookupError):  # the program has ended
            signal.pidfd_send_signal(program, signal.SIGHUP)
        os._exit(0)


if __name__ == "__main__":
    main()
