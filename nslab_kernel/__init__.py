"""nslab: Linux network namespaces, one line a step."""

from __future__ import annotations

TYPE_CHECKING = False  # to import it from typing would take a tenth of this package's import time
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from nslab_kernel.front import *  # noqa: F403


def __getattr__(name: str) -> Any:
    """Import `front` only when one of its names is first used, so that the notebook kernel starts sooner."""
    if name == "__all__" or not name.startswith("_"):
        front = _front()
        if name == "__all__" or name in front.__all__:
            return getattr(front, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return this module's names and the learner's names in `front`."""
    return sorted({*globals(), *__getattr__("__all__")})


def load_ipython_extension(ipython: Any) -> None:
    """Show results as pictures and tables in IPython; called by `%load_ext nslab_kernel`."""
    from nslab_kernel.jupyter.extension import load_ipython_extension as load

    load(ipython, _front)


def _front() -> ModuleType:
    import nslab_kernel.front as front

    return front
