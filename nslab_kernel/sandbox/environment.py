"""What of the environment a lab gets: what it needs, and no tokens."""

import os
import re
import site

_NEEDED = re.compile(
    r"PATH|USER|LOGNAME|SHELL|TERM|LANG|LANGUAGE|LC_.*|TZ|COLUMNS|LINES|HOME"
    r"|PYTHON(PATH|HOME|UTF8|IOENCODING|UNBUFFERED|HASHSEED|DONTWRITEBYTECODE|USERBASE)|VIRTUAL_ENV|CONDA_PREFIX"
    r"|LD_LIBRARY_PATH|MPLBACKEND|PYDEVD_.*|JPY_SESSION_NAME|JPY_PARENT_PID|JUPYTERHUB_SERVICE_PREFIX"
    r"|JUPYTER_RUNTIME_DIR|XDG_(RUNTIME_DIR|DATA_HOME)|NSLAB_.*|DOCKER_HOST|CONTAINER_HOST|COLAB_RELEASE_TAG|BINDER_SERVICE_HOST"
)


def for_lab() -> dict[str, str]:
    """Return the environment for a program in the lab."""
    kept = {name: value for name, value in os.environ.items() if _NEEDED.fullmatch(name)}
    return {"PYTHONUSERBASE": site.getuserbase(), **kept}
