"""A widget with a still picture, at rest while nobody looks."""

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

import anywidget
from traitlets import Dict, Unicode

from nslab_kernel.display.svg import HATCH, element
from nslab_kernel.jupyter.look import lang, sheet
from nslab_kernel.jupyter.output import Output, notebook_shell, widget_view
from nslab_kernel.jupyter.still import Still
from nslab_kernel.language import translate as _
from nslab_kernel.scene.scene import Scene

T = TypeVar("T")

_HERE = Path(__file__).parent
_TURN_S = 0.1


def module(*names: str) -> str:
    """Return files beside this one as the text of an ES module, what all of them use before them."""
    return "\n".join((_HERE / name).read_text() for name in ("live_part.js", *names))


def chart_of(scene: Scene) -> dict[str, Any]:
    """Return a scene as the function `chart` of a page draws it."""
    return {"width": scene.width, "height": scene.height, "svg": HATCH + "".join(map(element, scene.shapes))}


def show_state(part: anywidget.AnyWidget, state: Mapping[str, Any]) -> None:
    """Tell the pages what is different now, in one message."""
    with part.hold_sync():
        for name, value in state.items():
            setattr(part, name, value)


class LivePart(anywidget.AnyWidget, Generic[T]):
    """A widget that starts where it is shown, and again with each page, and stops with its last page.

    A page says when it opens and when it closes. Where no page ever opens (a notebook that is run without a browser)
    its still picture is kept up to date after each cell.
    """

    _css = sheet()
    lang = Unicode().tag(sync=True)
    words = Dict().tag(sync=True)
    """What stands on buttons, by its use."""

    _is_made = False
    """An unfinished one is closed too, when it is thrown away."""

    def __init__(self, **state: Any) -> None:
        self._turns = threading.RLock()
        self._pages: set[str] = set()
        self._closed: set[str] = set()
        """Pages whose closing was heard before their opening: that waits behind the cells where it was sent early."""
        self._is_expected = False
        """It was shown, and no page has told of itself yet."""
        self._still = Still(self.now, self.looks)
        super().__init__(lang=lang(), **state)
        self.on_msg(self._hear)
        _answer_in_subshell(self.comm)
        self._is_made = True

    def now(self) -> T:
        """Return what there is to show now."""
        raise NotImplementedError

    def looks(self, what: T) -> tuple[str, str]:
        """Return how that looks, as HTML and as plain text."""
        raise NotImplementedError

    def in_console(self) -> str:
        """Return how to use it where there is no page, as a sentence."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin; again does no harm."""

    def rest(self) -> None:
        """Stop what runs; again does no harm."""

    def do(self, what: str, message: dict[str, Any]) -> None:
        """Do what the page asks for."""

    def close(self) -> None:
        """Stop for good, and leave the still picture."""
        if self._is_made:
            with self._turns:
                self.rest()
                self._still.leave()
        super().close()

    def _ipython_display_(self) -> None:
        if not notebook_shell():  # IPython in a terminal: it has no page that could ever open
            print(f"{self}\n\n{self.in_console()}")
            return
        words = _("Run this cell to get the live picture. Below is its last state.")
        Output().show({**widget_view(self.model_id), "text/plain": f"{words} {self.in_console()}"})
        self._still.show()
        self._is_expected = not self._pages
        self.begin()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __str__(self) -> str:
        return self.looks(self.now())[1]

    def _hear(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        what, page = message.get("what", ""), message.get("page", "")
        with self._turns:
            if what == "open":
                self._page_opens(page)
            elif what == "close":
                self._page_closes(page)
            else:
                self.do(what, message)

    def _page_opens(self, page: str) -> None:
        if page in self._closed:
            self._closed.remove(page)
            return
        self._pages.add(page)
        self._is_expected = False
        self.begin()
        self._still.keep()

    def _page_closes(self, page: str) -> None:
        if page not in self._pages:
            self._closed.add(page)
        self._pages.discard(page)
        self._expect_no_page()

    def _expect_no_page(self) -> None:
        """Rest where no page is open."""
        self._is_expected = False
        with self._turns:
            if not self._pages:
                self.rest()
                self._still.leave()


async def wait_for(what: "asyncio.Future[T]") -> T:
    """Wait for something, and let an interrupt end that.

    ipykernel 7.4 hears an interrupt of a waiting cell only when its loop turns for another reason, so it turns.
    """
    while not what.done():
        await asyncio.wait({what}, timeout=_TURN_S)
    return what.result()


def _answer_in_subshell(comm: Any) -> None:
    """Let messages be heard in the subshell that the page sends them to, also while a cell runs.

    ipykernel 7.4 hands them to the loop that sent last on this comm: for what a cell started, that of the cells.
    """
    if comm is not None:
        comm._reply_subshell_for = lambda data, default: default
