"""The kernel "NS Lab": an IPython kernel in a sandbox of its own.

    python -P -m nslab_kernel.sandbox.launcher [--writable=FOLDER]... -f CONNECTION_FILE

This program only leaves its environment behind: what follows (`outer.py`) starts anew with what a lab needs of it, so
that no token is in the memory that the lab's processes come from. Little is imported: a Python starts for this alone.
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
"""How further names begin."""


def environment_for_lab() -> dict[str, str]:
    """Return the environment for a program in the lab."""
    kept = {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_FAMILIES)}
    return {"PYTHONUSERBASE": site.getuserbase(), **kept}


def main() -> None:
    """Become the outer process of a notebook kernel."""
    # A stop button that is pressed too soon ends no kernel: Linux keeps the signal, and what keeps it off, over exec.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    words = ["-P", "-m", "nslab_kernel.sandbox.outer", *sys.argv[1:]]
    os.execve(sys.executable, [sys.executable, *words], environment_for_lab())


if __name__ == "__main__":
    main()
