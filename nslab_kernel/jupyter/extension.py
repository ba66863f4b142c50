"""Tells IPython how values, long changes and errors look.

The values are registered by name, and the drawing wing comes with the first one shown: the kernel starts sooner.
"""

import io
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import ModuleType, TracebackType
from typing import Any

from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.bar import show_bar
from nslab_kernel.jupyter.completion import match_namespaces
from nslab_kernel.jupyter.slips import reached_the_lab, retold
from nslab_kernel.network import progress

SHOWN = {
    "nslab_kernel.errors": ("LabError",),
    "nslab_kernel.model.journey": ("Journey",),
    "nslab_kernel.model.matrix": ("MatrixResult",),
    "nslab_kernel.model.network": ("Link", "Namespace", "Neighbour", "Network", "Route"),
    "nslab_kernel.model.comparison": ("Comparison",),
    "nslab_kernel.model.results": ("Change", "Doctor", "Listing", "PingResult", "Topology"),
}
"""The values that have looks, by module."""


def load_ipython_extension(ipython: Any, front: Callable[[], ModuleType]) -> None:
    """Give the lab's values their looks, long changes a bar, and a learner's errors a short traceback.

    The full traceback is a `%tb Verbose` away; after `%xmode Verbose` every error is shown in full.

    Args:
        ipython: The shell.
        front: Returns the module with all the lab's names; called when a name is not known or a call does not fit.
    """

    def show_error(
        shell: Any, kind: type[BaseException], error: BaseException, trace: TracebackType, tb_offset: int | None = None
    ) -> list[str]:
        verbose = shell.InteractiveTB.mode == "Verbose"
        if verbose or not (lines := _short(error, trace, shell.user_ns, front)):
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return []
        shell._get_exc_info((kind, error, trace))  # keeps it where %tb and %debug look for it
        shell._showtraceback(kind, error, lines)
        if shell.call_pdb:
            shell.debugger(force=True)
        return lines

    formatter = ipython.display_formatter.mimebundle_formatter
    for module, names in SHOWN.items():
        for name in names:
            formatter.for_type_by_name(module, name, _looks)
    png = ipython.display_formatter.formatters["image/png"]
    png.for_type_by_name("matplotlib.figure", "Figure", _figure_png)
    ipython.Completer.custom_matchers.append(match_namespaces)
    progress.show_with(show_bar)
    ipython.events.register("post_run_cell", _notice)
    ipython.set_custom_exc((LabError, NameError, TypeError, OSError, KeyboardInterrupt), show_error)


def _looks(value: object, include: object = None, exclude: object = None) -> dict[str, str]:
    from nslab_kernel.display.bundle import bundle

    return bundle(value)


def _notice(_result: object) -> None:
    """After a cell: what a `!ip ...` in it changed is a step of its own for `undo()`."""
    if "nslab_kernel.network.history" in sys.modules:  # before the lab's first word there is nothing to take back
        with suppress(LabError, OSError):
            sys.modules["nslab_kernel.network.history"].notice()


def _figure_png(figure: Any) -> bytes:
    """Show what `figure()` returned, also where `%matplotlib inline` was never said."""
    page = io.BytesIO()
    figure.savefig(page, format="png")
    return page.getvalue()


def _short(
    error: BaseException, trace: TracebackType, words: Mapping[str, object], front: Callable[[], ModuleType]
) -> list[str]:
    """Return an error's short traceback; empty where Python's own says more."""
    from nslab_kernel.display.text import error_text, interrupt_text

    if isinstance(error, KeyboardInterrupt):
        return interrupt_text() if reached_the_lab(trace) else []
    told = error if isinstance(error, LabError) else retold(error, trace, words, front())
    return error_text(told) if told else []
