"""Whether this user's limits are high enough for a notebook kernel.

Open files, processes and threads; getrlimit(2).
"""

import resource
import threading
from contextlib import suppress

from nslab_kernel.language import translate as _

_FILES = 256
"""IPython has about seventy open, a lab one and more a namespace."""
_THREADS = 12
"""So many IPython has; the lab's own are fewer."""


def cannot_start(error: OSError) -> SystemExit:
    """Return what ends a notebook kernel that cannot start, with a line that says why."""
    return SystemExit(_("nslab: this notebook kernel cannot start: {error}").format(error=error))


def require_files() -> None:
    """Raise the number of files that may be open as far as it goes, and see whether it is enough.

    Raises:
        SystemExit: It is not; it says so.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError):  # an unlimited one may not be taken on every system
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most < _FILES:
        told = _("nslab: this notebook kernel cannot start: its user may have {count} files open. {mend}")
        raise SystemExit(told.format(count=most, mend="ulimit -n 1024"))


def require_threads() -> None:
    """See whether a notebook kernel's threads can be started here.

    Raises:
        SystemExit: They cannot; it says what is short.
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
