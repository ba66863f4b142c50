"""A matplotlib figure whose file replaces none of another kind."""

import io
import os
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from nslab_kernel.saving import save

_MAGIC_BYTES = 4
"""By so many a picture's format is known: `%PDF`, `<?xm`, `\\x89PNG`."""


class SavedFigure(Figure):
    """A figure whose `savefig` asks for `overwrite=True` before it replaces what is no picture of its format."""

    def savefig(self, fname: Any, *, overwrite: bool = False, **options: Any) -> None:
        """Save the figure, as matplotlib does, but whole or not at all.

        Args:
            fname: A path or a stream; the ending of a path says the format.
            overwrite: Whether a file of another kind is replaced as well.
            options: What matplotlib's `savefig` takes.

        Raises:
            BadValue: There is a file of another kind, or it cannot be written; nothing is changed.
        """
        if not isinstance(fname, str | os.PathLike):
            super().savefig(fname, **options)
            return
        file = Path(fname)
        form = options.pop("format", None) or file.suffix[1:]
        if not form:
            form = self.canvas.get_default_filetype()
            file = file.parent / f"{file.name}.{form}"
        stream = io.BytesIO()
        super().savefig(stream, format=form, **options)
        picture = stream.getvalue()
        save(file, picture, form.upper(), lambda head: head.startswith(picture[:_MAGIC_BYTES]), overwrite)
