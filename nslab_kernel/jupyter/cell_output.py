"""An output of the running cell that can be updated later."""

from typing import Any
from uuid import uuid4


class Output:
    """One output; where there is no notebook kernel it shows nothing."""

    def __init__(self) -> None:
        self._id = uuid4().hex

    def show(self, data: dict[str, Any]) -> None:
        """Show data by MIME type at the end of the running cell."""
        self._publish(data, update=False)

    def update(self, data: dict[str, Any]) -> None:
        """Show other data in the same place; nothing where it was never shown."""
        self._publish(data, update=True)

    def _publish(self, data: dict[str, Any], update: bool) -> None:
        if shell := notebook_shell():
            shell.display_pub.publish(data, {}, transient={"display_id": self._id}, update=update)


def widget_view(model_id: str) -> dict[str, Any]:
    """Return what shows a widget, by MIME type."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {"application/vnd.jupyter.widget-view+json": view}


def show_in_console(text: str) -> None:
    """Show text where IPython runs in a terminal."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    shell.display_pub.publish({"text/plain": text})


def notebook_shell() -> Any:
    """Return IPython's shell if it runs in a notebook kernel, else None."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return shell if hasattr(shell, "kernel") else None
