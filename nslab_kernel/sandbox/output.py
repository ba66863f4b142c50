"""Limits the output that a cell prints.

Endless output would fill the server's memory and then the page.
"""

from typing import Any

from ipykernel.iostream import OutStream

from nslab_kernel.language import translate as _

MOST_CHARACTERS = 2_000_000


class LimitedStream(OutStream):
    """A cell's output or error stream, which stops when the cell has printed too much."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[no-untyped-call]
        self._cell, self._remaining = "", MOST_CHARACTERS

    def write(self, string: str) -> int:
        """Print the text as far as the cell's limit allows; return the length of the whole text."""
        cell = self.parent_header.get("msg_id", "")
        if cell != self._cell:
            self._cell, self._remaining = cell, MOST_CHARACTERS
        if self._remaining <= 0:
            return len(string)
        shown, self._remaining = string[: self._remaining], self._remaining - len(string)
        if self._remaining <= 0:
            shown += "\n" + _("nslab: this cell has printed {count} characters; the rest is left out.").format(
                count=MOST_CHARACTERS
            )
        super().write(shown)
        return len(string)
