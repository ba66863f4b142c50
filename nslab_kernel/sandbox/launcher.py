"""The kernel "NS Lab": an IPython kernel in a sandbox of its own.

    python -P -m nslab_kernel.sandbox.launcher [--writable=FOLDER]... -f CONNECTION_FILE

This program only reduces its environment: it executes `outer.py` with the variables that a lab needs, so that no token
is in the memory from which the lab's processes are forked. It imports little, because it delays the kernel's start.
"""

import os
import signal
import site
import sys

_NEEDED = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ", "MPLBACKEND"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONUNBUFFERED"),
    *("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH"),
    *("JPY_SESSION_NAME", "JPY_PARENT_PID", "JUPYTER_RUNTIME_DIR", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"),
    *("JUPYTERHUB_SERVICE_PREFIX", "COLAB_RELEASE_TAG", "BINDER_SERVICE_HOST", "DOCKER_HOST", "CONTAINER_HOST"),
}
_FAMILIES = ("LC_", "PYDEVD_", "NSLAB_")
"""Prefixes of further variables that a lab needs."""


def environment_for_lab() -> dict[str, str]:
    """Return the environment for a program in the lab."""
    kept = {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_FAMILIES)}
    return {"PYTHONUSERBASE": site.getuserbase(), **kept}


def main() -> None:
    """Become the outer process of a notebook kernel."""
    # A stop button that is pressed too soon must not end the kernel; execve(2) keeps blocked and pending signals.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    words = ["-P", "-m", "nslab_kernel.sandbox.outer", *sys.argv[1:]]
    os.execve(sys.executable, [sys.executable, *words], environment_for_lab())


if __name__ == "__main__":
    main()
