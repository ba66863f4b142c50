"""IPython's shell in a notebook, and the MIME bundle of a widget."""

from typing import Any


def widget_view(model_id: str) -> dict[str, Any]:
    """Return the MIME bundle that displays a widget."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


def notebook_shell() -> Any:
    """Return IPython's shell if it runs in a notebook kernel, else None."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return shell if hasattr(shell, "kernel") else None
