"""Run one function in a sandbox, and bring back what it returns."""

import os
import pickle
import select
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from nslab_kernel.sandbox import first_process
from nslab_kernel.sandbox.create import Inside, close_sandbox, open_sandbox
from nslab_kernel.sandbox.files import Files, files_of
from nslab_kernel.sandbox.isolate import SandboxOptions

T = TypeVar("T")


class Ended(Exception):
    """The process in the sandbox ended, with this exit code, before the function had returned."""


def sandbox_run(function: Callable[[], T], limit_s: float | None = None, files: Files | None = None) -> T:
    """Run a function in a sandbox of its own, in a process of its own, and return what it returned.

    Args:
        function: Takes no arguments; what it returns or raises is pickled.
        limit_s: Seconds after which the sandbox is ended; `None` is no limit.
        files: The files that the sandbox sees; by default, those that a notebook in the current folder would see.

    Raises:
        Refused: Linux did not allow a sandbox.
        TimeoutError: The limit has passed.
        Ended: The process ended by itself.
        Exception: What the function raised, with the traceback as a note; RuntimeError if it cannot be pickled.
    """
    answer, result = os.pipe()

    def work() -> NoReturn:
        os.close(answer)
        _do(function, result)

    def start(inside: Inside) -> NoReturn:
        first_process.be_first(work, inside.outer, inside.own_pids)

    try:
        opened = open_sandbox(start, SandboxOptions(files or files_of(Path.cwd())))
    except BaseException:
        os.close(answer)
        raise
    finally:
        os.close(result)
    try:
        data = _read_all(answer, limit_s)
    finally:
        os.close(answer)
        code = close_sandbox(opened)
    if not data:
        raise Ended(code)
    returned, value = pickle.loads(data)
    if not returned:
        raise value
    return value  # type: ignore[no-any-return]


def _do(function: Callable[[], object], result: int) -> NoReturn:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        answer = pickle.dumps((True, function()))
    except BaseException as error:
        answer = _pickle_error(error)
    with os.fdopen(result, "wb") as pipe:
        pipe.write(answer)
    os._exit(0)


def _pickle_error(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error))
    try:
        error.add_note(f"In the sandbox:\n{text}")
        answer = pickle.dumps((False, error))
        pickle.loads(answer)
    except Exception:
        answer = pickle.dumps((False, RuntimeError(text)))
    return answer


def _read_all(descriptor: int, limit_s: float | None) -> bytes:
    deadline = None if limit_s is None else time.monotonic() + limit_s
    data = b""
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not select.select([descriptor], [], [], left)[0]:
            raise TimeoutError(f"nothing came within {limit_s} s")
        chunk = os.read(descriptor, 1 << 20)
        if not chunk:
            return data
        data += chunk
