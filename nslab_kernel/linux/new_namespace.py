"""Runs a function in a network namespace that is made for it."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from nslab_kernel.linux import default_sysctls, libc
from nslab_kernel.linux.lab import SANDBOX, lab

T = TypeVar("T")


def in_new_namespace(function: Callable[[], T], set_defaults: bool = True) -> T:
    """Run a function in a new namespace; if the main thread calls, which never moves, then in another thread.

    Args:
        function: The function to run there.
        set_defaults: Whether the sysctls that a sandbox sets in each namespace are set first.

    Raises:
        Exception: Whatever the function raises.
    """
    if threading.current_thread() is threading.main_thread():
        with ThreadPoolExecutor(1, "nslab-new-netns") as other:
            return other.submit(lambda: in_new_namespace(function, set_defaults)).result()
    with libc.closing(os.open("/proc/thread-self/ns/net", os.O_RDONLY)) as home:
        libc.unshare(libc.CLONE_NEWNET)
        try:
            if set_defaults and lab().kind == SANDBOX:
                default_sysctls.apply_defaults()
            return function()
        finally:
            libc.setns(home)
