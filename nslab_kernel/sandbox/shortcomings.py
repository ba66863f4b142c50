"""Where a lab is less than it should be: told before the first cell."""

import os
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.sandbox.files import Files, can_be_opened


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
        return _not_opened([folder for folder in files.opened if str(folder) not in writable])
    if any(place.is_relative_to(files.folder) for place in files.hidden):
        told = _("This notebook lies in {folder} itself, which the lab does not see. What cells write there is lost.")
        return told.format(folder=files.folder), _("Put the notebook into a folder of its own.")
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


def _not_opened(folders: list[Path]) -> tuple[str, str]:
    if not folders:
        return "", ""
    told = _("The kernel spec opens {folder}, and cells may not write there.").format(folder=folders[0])
    if not can_be_opened(folders[0]):
        return told, _("Name a folder of its own: nslab install --writable FOLDER.")
    if not folders[0].is_dir():
        return told, _("Make the folder: mkdir -p {folder}").format(folder=folders[0])
    return told, _("Let the user who starts the notebook write there.")
