"""The first process of a sandbox: reaps, forwards signals, ends all.

    outer   on the machine: made the sandbox, and watches it          (create.py, supervisor.py)
      first   process 1 of the sandbox                                (here)
        work    what the sandbox is for: IPython, a test

When one of them ends, all end. With a pid namespace Linux kills the rest when `first` ends; without one `first` is the
subreaper of the sandbox's orphans, and kills them.
"""

import contextlib
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from typing import NoReturn

from nslab_kernel.linux import libc, netns_processes
from nslab_kernel.sandbox import sysctl_watcher

FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT)
HANDLED = (*FORWARDED, signal.SIGCHLD)
FIRST_NAME = "nslab-first"


def exit_code(status: int) -> int:
    """Return the exit code that a shell gives for a wait status: the exit status, or 128 plus the signal's number."""
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


def be_first(work: Callable[[], NoReturn], outer: int, own_pids: bool) -> NoReturn:
    """Start the work as a child; reap processes and forward signals until the work or the outer process ends.

    Args:
        work: Called in the child, which it ends itself.
        outer: The read end of a pipe whose write end only the outer process holds: end of file means it has ended.
        own_pids: Whether this is process 1 of a pid namespace.
    """
    os.setsid()  # Jupyter signals the outer process's group, and the outer process forwards that: not twice
    libc.set_subreaper(not own_pids)
    wake, wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    names = sysctl_watcher.watch_names()
    child = os.fork()
    if child == 0:
        for descriptor in (outer, wake, wake_write):
            os.close(descriptor)
        _start_work(work)
    libc.set_process_name(FIRST_NAME)
    _listen_to_signals(wake_write)
    if names is not None:
        threading.Thread(target=sysctl_watcher.apply_to_new_namespaces, args=(names,), daemon=True).start()
    while True:
        ready = select.select([wake, outer], [], [])[0]
        if outer in ready:
            end_sandbox(1, own_pids)
        for signo in os.read(wake, 64):
            if signo == signal.SIGCHLD:
                _reap(child, own_pids)
            else:
                _forward(signo, child)


def _start_work(work: Callable[[], NoReturn]) -> NoReturn:
    os.setsid()
    # An interrupt that comes before the work is ready for it must not end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
    work()


def _listen_to_signals(wake_write: int) -> None:
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for signo in HANDLED:  # process 1 receives only the signals that it has a handler for
        signal.signal(signo, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
    os.kill(os.getpid(), signal.SIGCHLD)  # the child may have ended before the handler was set


def _forward(signo: int, child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        # As at a terminal, an interrupt goes to the programs that the cell runs as well.
        (os.killpg if signo == signal.SIGINT else os.kill)(child, signo)


def _reap(child: int, own_pids: bool) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                end_sandbox(exit_code(status), own_pids)
            if pid == 0:
                return


def end_sandbox(code: int, own_pids: bool) -> NoReturn:
    """End this first process, and with it the sandbox."""
    if not own_pids:
        kill_descendants()
    os._exit(code)


def kill_descendants() -> None:
    """Kill all descendants of this process, which must adopt orphans (`set_subreaper`)."""
    while children := netns_processes.child_pids(os.getpid()):
        netns_processes.kill(children)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        time.sleep(0.002)
