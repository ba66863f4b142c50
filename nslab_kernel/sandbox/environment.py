"""What of the environment a lab gets: what it needs, and no tokens.

Little is imported: a Python starts for this alone.
"""

import os
import site

_NEEDED = {
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "COLUMNS", "LINES", "LANG", "LANGUAGE", "TZ", "MPLBACKEND"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONUNBUFFERED"),
    *("PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH"),
    *("JPY_SESSION_NAME", "JPY_PARENT_PID", "JUPYTER_RUNTIME_DIR", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"),
    *("JUPYTERHUB_SERVICE_PREFIX", "COLAB_RELEASE_TAG", "BINDER_SERVICE_HOST", "DOCKER_HOST", "CONTAINER_HOST"),
}
_FAMILIES = ("LC_", "PYDEVD_", "NSLAB_")
"""How further names begin."""


def for_lab() -> dict[str, str]:
    """Return the environment for a program in the lab."""
    kept = {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_FAMILIES)}
    return {"PYTHONUSERBASE": site.getuserbase(), **kept}
