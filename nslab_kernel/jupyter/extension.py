"""Tells IPython how to display values, long changes and errors.

Types are registered by name, so that the notebook kernel starts without importing the code that draws.
"""

import io
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FunctionType, ModuleType, TracebackType
from typing import Any

from nslab_kernel.display.printed import SHOWN
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.cell_output import notebook_shell
from nslab_kernel.jupyter.completion import match_namespaces
from nslab_kernel.jupyter.progress_bar import show_progress
from nslab_kernel.jupyter.python_errors import explain, not_called, raised_in_lab
from nslab_kernel.network import build_progress

DISPLAYED = {"nslab_kernel.errors": ("LabError",), **SHOWN}
"""The names of the types that are displayed in our own way, by module."""
_ASKED = {"nslab_kernel.model.results": ("PingResult",), "nslab_kernel.model.matrix_result": ("MatrixResult",)}
"""The result types that get a "Why?" button where a reply is missing, by module."""


def load_ipython_extension(ipython: Any, front: Callable[[], ModuleType]) -> None:
    """Give the lab's values a display, long changes a progress bar, and a learner's errors a short traceback.

    `%tb Verbose` shows the full traceback of the last error; after `%xmode Verbose` every error is shown in full.

    Args:
        ipython: The shell.
        front: Returns the module with all public names; called when one of Python's own errors is to be explained.
    """

    def show_error(
        shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> list[str]:
        is_verbose = shell.InteractiveTB.mode == "Verbose"
        lines = [] if is_verbose else _short_traceback(error, trace, shell.user_ns, front)
        if not lines:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return lines
        # IPython ignores `_render_traceback_` of a SyntaxError.
        shown = LabError(str(error)) if isinstance(error, SyntaxError) else error
        shown._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
        shell.showtraceback((type(shown), shown, trace), tb_offset=tb_offset)
        # %tb shows the full traceback of the original error.
        del shown._render_traceback_  # type: ignore[attr-defined]
        sys.last_type, sys.last_value = kind, error
        return lines

    formatter = ipython.display_formatter.mimebundle_formatter
    for module, names in DISPLAYED.items():
        for name in names:
            formatter.for_type_by_name(module, name, _rendered)
    text = ipython.display_formatter.formatters["text/plain"]
    python_text = text.for_type(FunctionType)

    def show_function(function: FunctionType, printer: Any, is_nested: bool) -> None:
        if function.__module__.startswith("nslab_kernel."):
            printer.text(not_called(function))
        else:
            python_text(function, printer, is_nested)

    text.for_type(FunctionType, show_function)
    png = ipython.display_formatter.formatters["image/png"]
    png.for_type_by_name("matplotlib.figure", "Figure", _figure_png)
    ipython.Completer.custom_matchers.append(match_namespaces)
    build_progress.set_display(show_progress)
    ipython.events.register("post_run_cell", _record_other_changes)
    ipython.events.register("post_run_cell", _offer_why)
    ipython.set_custom_exc((LabError, NameError, SyntaxError, TypeError, OSError, KeyboardInterrupt), show_error)


def _rendered(value: object, include: object = None, exclude: object = None) -> dict[str, str]:
    from nslab_kernel.display.bundle import bundle

    return bundle(value)


def _record_other_changes(_result: object) -> None:
    """After a cell, record what `!ip ...` in it changed as a step of its own, so that `undo()` can take it back."""
    if "nslab_kernel.network.history" in sys.modules:  # else no function of the lab was called yet
        with suppress(LabError, OSError):
            sys.modules["nslab_kernel.network.history"].record_outside_changes()


def _offer_why(ran: Any) -> None:
    """Show "Why?" below a ping that failed. A console has only the `why(...)` line in the text of the result."""
    kind = type(ran.result)
    if notebook_shell() and kind.__name__ in _ASKED.get(kind.__module__, ()):
        from nslab_kernel.jupyter.live_why import offer_why  # widgets load only where they are shown

        offer_why(ran.result)


def _figure_png(figure: Any) -> bytes:
    """Return a figure as PNG, so that a notebook shows it also without `%matplotlib inline`."""
    png = io.BytesIO()
    figure.savefig(png, format="png")
    return png.getvalue()


def _short_traceback(
    error: BaseException, trace: TracebackType, names: Mapping[str, object], front: Callable[[], ModuleType]
) -> list[str]:
    """Return an error's short traceback; empty where Python's own is more useful."""
    from nslab_kernel.display.shown_error import interrupted, short_traceback

    if isinstance(error, KeyboardInterrupt):
        return interrupted() if raised_in_lab(trace) else []
    explained = error if isinstance(error, LabError) else explain(error, trace, names, front())
    return short_traceback(explained) if explained else []
