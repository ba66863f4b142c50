"""Runs `ip` and `bridge`; their failures become the lab's errors."""

import errno
import os
import re
import shlex

from nslab_kernel.errors import AlreadyExists, BadValue, LabError, NoSuchThing, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command, container_netns, links, worker
from nslab_kernel.linux.command import Finished

_ANSWER = re.compile(r"^RTNETLINK answers: (.+)$", re.MULTILINE)
_ERROR = re.compile(r"^Error: (.+)$", re.MULTILINE)
_NO_DEVICE = re.compile(r'^Cannot find device "(.+)"$', re.MULTILINE)
_UNKNOWN_TYPE = "Unknown device type."
_BY_KERNEL = 2
"""The exit status of `ip` when the kernel refuses, by ip(8); `bridge` exits with 255, as for its own errors."""
_NUMBERS = {os.strerror(number): number for number in errno.errorcode}
_MISSING = (errno.ENOENT, errno.ESRCH)


def run(argv: list[str], netns: str | None = None) -> None:
    """Run a command that changes something.

    Args:
        argv: The command's words, the first of them `ip` or `bridge`.
        netns: The namespace where the command runs; `None` is the host.

    Raises:
        AlreadyExists: The object that it would make exists already.
        NoLink: The command names an interface that does not exist.
        NoSuchThing: The object that it would delete does not exist; the error lists those that do.
        BadValue: The program rejects the words; the error has its message.
        MissingProgram: The program is not installed.
        RefusedByLinux: Linux refused.
    """
    entering = [] if netns is None else container_netns.exec_prefix(netns)
    finished = command.run([*entering, *argv])
    if finished.status:
        if missing := _NO_DEVICE.search(finished.text):
            worker.run(netns, links.index, missing[1], netns)
        raise _refusal(entering, argv, finished)


def _refusal(entering: list[str], argv: list[str], finished: Finished) -> LabError:
    if answer := _ANSWER.search(finished.text):
        number = _NUMBERS.get(answer[1], 0)
        if number in _MISSING and "del" in argv:
            there = _there(entering, argv)
            return NoSuchThing(_("What this command deletes is not there."), "", there, errno=number)
        return _by_errno(number, answer[1])
    error = _ERROR.search(finished.text)
    # The programs quote the word that they refuse; the kernel does not.
    if error and (finished.status == _BY_KERNEL or '"' not in error[1]):
        return _by_sentence(error[1])
    said = error[1] if error else next(filter(None, map(str.strip, finished.text.splitlines())), "")
    return BadValue(_("{program} does not take these words.").format(program=argv[0]), said, try_=_help(argv))


def _by_errno(number: int, said: str) -> LabError:
    if number == errno.EEXIST:
        return AlreadyExists(_("What this command makes"))
    why = _("Either this interface cannot do it, or this machine's Linux was built without it.")
    return RefusedByLinux(number, "" if number else said, why if number == errno.EOPNOTSUPP else "")


def _by_sentence(said: str) -> LabError:
    if said != _UNKNOWN_TYPE:
        return RefusedByLinux(0, said)
    why = _("This machine's Linux has no interfaces of this kind: its module is not there, or the kind is misspelt.")
    return RefusedByLinux(errno.EOPNOTSUPP, said, why)


def _there(entering: list[str], argv: list[str]) -> list[str]:
    """Return the existing objects of the kind that a command deletes; those of one interface if it names one."""
    dev = argv[argv.index("dev") :][:2] if "dev" in argv else []
    shown = command.run([*entering, *argv[: argv.index("del")], "show", *dev])
    return [" ".join(line.split()) for line in shown.text.splitlines()]


def _help(argv: list[str]) -> str:
    """Return what to type to see the words that a command takes: `!ip link help vxlan`, `!bridge fdb help`."""
    thing = next(word for word in argv[1:] if not word.startswith("-"))
    kind = argv[argv.index("type") + 1 :][:1] if thing == "link" else []
    return f"!{shlex.join([argv[0], thing, 'help', *kind])}"
