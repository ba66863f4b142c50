"""Named checkpoints: keep the lab as it is now, go back to it later."""

from pathlib import Path
from urllib.parse import quote, unquote

from nslab_kernel.errors import BadValue, NoSuchThing
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Change
from nslab_kernel.network.portable import FORMAT, from_json, to_json
from nslab_kernel.saving import save
from nslab_kernel.spelling import as_python, quoted
from nslab_kernel.steps.whole_lab import build, snapshot

FOLDER = Path(".nslab", "networks")
"""Beside the notebook, so that checkpoints outlive the lab, and a container whose notebook folder is a volume."""
_LONGEST_NAME = 60


def lab_save(name: str) -> Path:
    """Save the present network under a name, in a file beside the notebook. Processes are not saved.

    Args:
        name: 1 to 60 characters, for example `before nat`; a checkpoint of that name is replaced.

    Returns:
        the file, JSON that `lab_restore` reads on any machine.

    Raises:
        BadValue: `name` cannot be a name, or the folder cannot be written.

    Example:
        >>> lab_save("before the move")
    """
    file = _file(name)
    text = to_json(snapshot())
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadValue(_("The folder {path} cannot be made.").format(path=FOLDER), str(error)) from None
    return save(file, text.encode(), FORMAT, lambda head: FORMAT.encode() in head)


def lab_restore(name: str) -> Change:
    """Make the network as it was saved; parts that are the same already stay untouched.

    Args:
        name: The name that was given to `lab_save`.

    Returns:
        a Change: the commands that ran, and what they changed.

    Raises:
        BadValue: `name` cannot be a name, or the file holds no network.
        NoSuchThing: Nothing was saved under that name.

    Example:
        >>> lab_save("before the move")
        >>> netns_del("test2")
        >>> lab_restore("before the move")
    """
    file = _file(name)
    try:
        text = file.read_text()
    except FileNotFoundError:
        what = _("Nothing was saved under the name {name}.").format(name=quoted(name))
        raise NoSuchThing(what, name, _names(), errno=None) from None
    except (OSError, ValueError) as error:
        raise BadValue(_("The file {path} cannot be read.").format(path=file), str(error)) from None
    return build(from_json(text))


def _file(name: object) -> Path:
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        what = _("{name} cannot be the name of a checkpoint.").format(name=as_python(name))
        raise BadValue(what, _("A name has 1 to 60 characters that can be seen."), try_='lab_save("before nat")')
    return FOLDER / f"{quote(name, safe=' ')}.json"


def _names() -> list[str]:
    return sorted(unquote(file.stem) for file in FOLDER.glob("*.json"))
