"""Where outputs are seen, and how a widget is one of them."""

from typing import Any


def widget_view(model_id: str) -> dict[str, Any]:
    """Return what shows a widget, by MIME type."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


def notebook_shell() -> Any:
    """Return IPython's shell if it runs in a notebook kernel, else None."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return shell if hasattr(shell, "kernel") else None
