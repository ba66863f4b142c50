"""Base classes of all live widgets, and of those that run for a page."""

import asyncio
import threading
from pathlib import Path
from typing import Any, Generic, TypeVar

import anywidget
from IPython.display import display
from traitlets import Dict, Unicode

from nslab_kernel.display.style_sheets import live_sheet
from nslab_kernel.display.svg import HATCH, element
from nslab_kernel.jupyter.cell_output import notebook_shell, widget_view
from nslab_kernel.jupyter.comm_subshell import deliver_in_senders_subshell
from nslab_kernel.jupyter.static_fallback import StaticFallback
from nslab_kernel.language import language_tag
from nslab_kernel.language import translate as _
from nslab_kernel.scene.scene import Scene

T = TypeVar("T")

_POLL_S = 0.1


def chart_of(scene: Scene) -> dict[str, Any]:
    """Return a scene as `chart.js` draws it."""
    svg = HATCH + "".join(map(element, scene.shapes))
    return {"width": scene.width, "height": scene.height, "svg": svg, "description": scene.description}


class LiveWidget(anywidget.AnyWidget):
    """The model of a view in `live.js`; a page may send it messages, also while a cell runs."""

    _esm = (Path(__file__).parent / "live.js").read_text()
    """Built from the modules in `javascript/` by `make widgets`: anywidget takes one module per widget."""
    _css = live_sheet((Path(__file__).parent / "live.css").read_text())
    kind = Unicode().tag(sync=True)
    """Which of the views in `live.js` shows it."""
    lang = Unicode().tag(sync=True)
    words = Dict().tag(sync=True)
    """Labels and hints, by their use."""
    lost = Unicode().tag(sync=True)
    """What a page says once the notebook kernel was restarted or shut down; it cannot be fetched then."""

    def __init__(self, **state: Any) -> None:
        self._lock = threading.RLock()
        lost = _("The notebook kernel was restarted or shut down, and this is as it was before. Run the cell again.")
        super().__init__(lang=language_tag(), lost=lost, **state)
        self.on_msg(self._on_message)
        deliver_in_senders_subshell(self.comm)

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Handle a message of a page."""

    def update(self, **state: Any) -> None:
        """Send several traits to the pages in one message."""
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _on_message(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        with self._lock:
            self.handle(message.get("type", ""), message)


class RunningWidget(LiveWidget, Generic[T]):
    """Runs from the moment it is displayed, and again with each page that opens it, until its last page closes.

    A page says when it opens and when it closes. Where no page ever opens (a notebook that is run without a browser)
    the static picture below it is updated after each cell.
    """

    _is_made = False
    """Whether `__init__` has succeeded: `close` is also called for a widget whose `__init__` failed."""

    def __init__(self, **state: Any) -> None:
        self._pages: set[str] = set()
        self._closed_early: set[str] = set()
        """Pages whose `close` arrived before their `open`: `open` may wait behind running cells, `close` does not."""
        self._awaits_page = False
        """Whether it was displayed and no page has opened it yet."""
        self._fallback = StaticFallback(self.current, self.rendered)
        super().__init__(**state)
        self._is_made = True

    def current(self) -> T:
        """Return the value to show now."""
        raise NotImplementedError

    def rendered(self, value: T) -> tuple[str, str]:
        """Return a value as HTML and as plain text."""
        raise NotImplementedError

    def in_console(self) -> str:
        """Return a sentence on how to use the widget in a console, where there is no page."""
        raise NotImplementedError

    def resume(self) -> None:
        """Start what runs while a page is open; no effect if it runs."""

    def pause(self) -> None:
        """Stop what runs while a page is open; no effect if it does not run."""

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Note that a page opens or closes."""
        page = message.get("page", "")
        if kind == "open":
            self._on_page_open(page)
        elif kind == "close":
            self._on_page_close(page)

    def close(self) -> None:
        """Stop for good; the static picture stays."""
        if self._is_made:
            with self._lock:
                self.pause()
                self._fallback.leave()
        super().close()

    def _ipython_display_(self) -> None:
        if not notebook_shell():  # IPython in a terminal: it has no page that could ever open
            display({"text/plain": f"{self}\n\n{self.in_console()}"}, raw=True)
            return
        words = _("Run this cell to get the live picture. Below is its last state.")
        display({**widget_view(self.model_id), "text/plain": f"{words} {self.in_console()}"}, raw=True)
        self._fallback.show()
        self._awaits_page = not self._pages
        self.resume()

    def __str__(self) -> str:
        return self.rendered(self.current())[1]

    def _on_page_open(self, page: str) -> None:
        if page in self._closed_early:
            self._closed_early.remove(page)
            return
        self._pages.add(page)
        self._awaits_page = False
        self.resume()
        self._fallback.keep()

    def _on_page_close(self, page: str) -> None:
        if page not in self._pages:
            self._closed_early.add(page)
        self._pages.discard(page)
        self._stop_awaiting_page()

    def _stop_awaiting_page(self) -> None:
        """Stop waiting for a first page, and pause if no page is open."""
        self._awaits_page = False
        with self._lock:
            if not self._pages:
                self.pause()
                self._fallback.leave()


async def wait_for(future: "asyncio.Future[T]") -> T:
    """Wait for a future such that an interrupt ends the waiting.

    While a cell awaits, ipykernel 7.4 notices an interrupt only when its event loop wakes up, so wake it regularly.
    """
    while not future.done():
        await asyncio.wait({future}, timeout=_POLL_S)
    return future.result()
