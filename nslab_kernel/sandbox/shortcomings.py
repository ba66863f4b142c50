"""Where a lab is less than it should be: told before the first cell."""

import os

from nslab_kernel.language import translate as _
from nslab_kernel.sandbox.files import Files


def shortcomings(files: Files, writable: tuple[str, ...], by_root: bool, is_root_outside: bool) -> tuple[str, str]:
    """Return what a learner has to know about this lab, as sentences, and one line that mends it; empty for a good one.

    Args:
        files: What the lab sees.
        writable: The folders where it may write.
        by_root: Whether root started it.
        is_root_outside: Whether root in the lab is root outside it too, because there is nobody else.
    """
    if is_root_outside:
        told = _(
            "Root in this lab is root of this container too: it has no other user. Files are read-only all the same."
        )
        return told, _("Start JupyterLab as an ordinary user, or give the container a range of users.")
    if str(files.folder) in writable:
        return "", ""
    if files.home.is_relative_to(files.folder):
        told = _("This notebook lies in the home folder itself, which the lab does not see. What cells write is lost.")
        return told, _("Put the notebook into a folder of its own.")
    if by_root:
        told = _("Root started this lab, and cells may not write in {folder}, only in /tmp.").format(
            folder=files.folder
        )
        if os.access(files.folder, os.X_OK):
            mend = _("Close the folder to other users, chmod 700 {folder}, or start JupyterLab as an ordinary user.")
            return told, mend.format(folder=files.folder)
        return told, _("Start JupyterLab as an ordinary user.")
    told = _("Cells may write no files beside this notebook, only in /tmp: {folder} is read-only in the lab.")
    return told.format(folder=files.folder), _("Put the notebook into a folder of its own.")
