"""Whether this user's limits are high enough for a notebook kernel.

Open files, processes and threads; getrlimit(2).
"""

import resource
import threading
from contextlib import suppress

from nslab_kernel.language import translate as _

_FILES = 256
"""Fewer open files are too few: IPython has about seventy, a lab one or more per namespace."""
_THREADS = 12
"""IPython starts this many threads; the lab itself starts fewer."""


def cannot_start(error: OSError) -> SystemExit:
    """Return the exception that ends a notebook kernel that cannot start, with a line that says why."""
    return SystemExit(_("nslab: this notebook kernel cannot start: {error}").format(error=error))


def require_files() -> None:
    """Raise the soft limit of open files to the hard limit, and check that it is high enough.

    Raises:
        SystemExit: The limit is too low; the message says so.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError):  # some systems do not take "unlimited"
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most < _FILES:
        told = _("nslab: this notebook kernel cannot start: its user may have {count} files open. {mend}")
        raise SystemExit(told.format(count=most, mend="ulimit -n 1024"))


def require_threads() -> None:
    """Check that a notebook kernel's threads can be started here.

    Raises:
        SystemExit: They cannot; the message says how many processes and threads the user may have.
    """
    enough = threading.Event()
    try:
        for _number in range(_THREADS):
            threading.Thread(target=enough.wait, daemon=True).start()
    except RuntimeError:
        most = resource.getrlimit(resource.RLIMIT_NPROC)[0]
        told = _("nslab: this notebook kernel cannot start: its user may have {count} processes and threads. {mend}")
        raise SystemExit(told.format(count=most, mend="ulimit -u 4096")) from None
    finally:
        enough.set()
