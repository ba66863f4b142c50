"""Explains what a lab lacks, before the first cell."""

import os
import sys
from pathlib import Path, PurePosixPath

from nslab_kernel.language import language, tidy
from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import REFUSED, Lab
from nslab_kernel.sandbox.files import Files, can_be_opened


def shortcomings(files: Files, writable: tuple[str, ...], by_root: bool, is_root_outside: bool) -> tuple[str, str]:
    """Return what this lab lacks, as sentences, and one line that says how to fix it; both empty if it lacks nothing.

    Args:
        files: What the lab sees.
        writable: The folders where it may write.
        by_root: Whether root started it.
        is_root_outside: Whether root in the lab is root outside it too, because no other user is mapped.
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


def banner(lab: Lab) -> dict[str, str]:
    """Return what a notebook shows before its first output if it has no lab, or one that lacks something.

    Returns:
        The text by MIME type: plain, and as Markdown.
    """
    if lab.kind != REFUSED:
        lines = [lab.reason, lab.remedy]
        return {"text/plain": "\n".join(lines), "text/markdown": tidy(" ".join(lines))}
    title = _("There is no lab in this notebook.")
    lines = [lab.reason, _("Until that is mended, every function of nslab says so and changes nothing.")]
    if os.geteuid() == 0:
        lines.append(_("You are root here: a shell line such as !ip would change this machine itself."))
    mend = _("To mend it: {line}")
    check = _("To see all of it, in a terminal: {line}").format(line="nslab doctor")
    read = _("What this lesson shows can be read all the same: a recorded run of it.")
    page = _recorded_run()
    plain, marked = [title, *lines], [f"**{title}** {' '.join(lines)}"]
    if page:
        plain.append(f"{read} {page}")
        marked.append(f"[{read}]({page})")
    if lab.remedy:
        plain.append(mend.format(line=lab.remedy))
        marked.append(f"{mend.format(line='')}\n\n    {lab.remedy}")
    return {"text/plain": "\n".join([*plain, check]), "text/markdown": "\n\n".join([*marked, check])}


def _recorded_run() -> str:
    """Return this server's URL path of the recorded run of this notebook, else of their index; empty without them.

    `binder/settings/install` copies them there; JupyterHub sets the prefix of the paths of a learner's server.
    """
    pages = Path(sys.prefix, "share/nslab/recorded")
    lesson = f"{language()}/{PurePosixPath(os.environ.get('JPY_SESSION_NAME', '')).stem}.html"
    page = lesson if (pages / lesson).is_file() else "index.html"
    server = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    return f"{server}static/recorded/{page}" if (pages / page).is_file() else ""
