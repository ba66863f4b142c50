"""All errors of this package, as a class hierarchy.

    LabError
    ├── NotPermitted            the lab may not do this; the error says what is missing and what to do
    │   ├── NoLab                   this Python process is not inside a lab
    │   └── NotOurs                 in the kernel "this machine": the lab did not make this, so it may not change it
    ├── NoSuchThing             no object has this name; the error suggests a similar name
    │   ├── NoNamespace
    │   ├── NoLink
    │   ├── NoContainer
    │   └── NoImage
    ├── AlreadyExists           a name, an address or a route is taken
    ├── AmbiguousName           a namespace and a container have the same name
    ├── BadValue                an argument is not valid; the error states the rule
    ├── MissingProgram          a program of the system is not installed
    ├── RefusedByLinux          Linux refused: errno, extack
    ├── RefusedByEngine         Docker or Podman refused: its error message
    └── EngineTrouble           no container engine is running; the error says why

An error builds its sentences from facts; `network/record.py` sets the `command` of every error that it passes on.
"""

import difflib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EEXIST, ENODEV, ENOENT, errorcode
from string import digits
from typing import Any

from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.spelling import quoted, visible, visible_text


class LabError(Exception):
    """A learner's call failed; it has changed nothing, unless `partly` is set.

    Args:
        what: What happened, one sentence.
        why: Why, or the rule behind it.
        there_is: What exists instead.
        try_: One line to run instead, Python or shell.
        said: The kernel's error: the text of errno, and extack.
    """

    command: str | None = None
    """The shell command that the failing call stands for."""
    partly = False
    """Whether part of the change remains: processes were ended, a program's tun device was deleted, some lines ran."""

    def __init__(self, what: str, why: str = "", there_is: str = "", try_: str = "", said: str = "") -> None:
        what, why, there_is = visible(what), visible_text(why), visible(there_is)
        super().__init__(tidy(" ".join(part for part in (what, why, there_is) if part)))
        self.what, self.why, self.there_is, self.try_, self.said = what, why, there_is, try_, said

    def __reduce__(self) -> tuple[Any, ...]:
        # By default a copy is made by calling the class with the text alone, which no constructor here accepts.
        return _restored, (type(self), self.args), self.__dict__


def _restored(kind: type[LabError], args: tuple[object, ...]) -> LabError:
    return kind.__new__(kind, *args)


class NotPermitted(LabError):
    """The lab may not do this here; `why` says what is missing, `try_` what to do about it."""


class NoLab(NotPermitted):
    """This Python process is not inside a lab, or its lab could not be created.

    Args:
        reason: Why there is no lab, as its launcher found it; empty outside any lab.
        remedy: One line that solves this, or empty.
    """

    def __init__(self, reason: str = "", remedy: str = "") -> None:
        super().__init__(
            _("There is no lab here, so nothing is changed."),
            reason or _("This Python runs on the machine itself, not in the notebook kernel NS Lab."),
            try_=remedy or _('In JupyterLab choose the kernel "NS Lab" (menu Kernel, Change Kernel).'),
        )


class NotOurs(NotPermitted):
    """In the kernel "this machine", the object was not made by the lab, so the lab may not change it."""

    def __init__(self, thing: str) -> None:
        super().__init__(
            _("{thing} was not made by this lab.").format(thing=thing),
            _("On the real machine the lab changes only what it made itself."),
            try_=_('For free hands choose the kernel "NS Lab": there the host is yours alone.'),
        )
        self.thing = thing


class NoSuchThing(LabError):
    """There is no object of this name.

    Args:
        what: What happened, one sentence.
        name: The name as given.
        names: The names of the existing objects; `name` itself is left out of them, as it cannot be suggested.
        why: Why it was not found, if that is known.
        try_: One line to run instead.
        errno: The error number that Linux has for this; `None` if Linux was not asked.
    """

    def __init__(
        self, what: str, name: str, names: Iterable[str] = (), why: str = "", try_: str = "", errno: int | None = ENOENT
    ) -> None:
        there = tuple(names)
        self.name, self.names = name, tuple(one for one in there if one != name)
        self.near = next(iter(difflib.get_close_matches(name, self.names, 1, 0.6)), None)
        there_is = "" if there and not self.names else self._there_is()
        super().__init__(what, why, there_is, try_, "" if errno is None else errno_text(errno))

    def _there_is(self) -> str:
        if not self.names:
            return _("There is none yet.")
        rest = [name for name in self.names if name != self.near][:8]
        others = _("There are: {names}.").format(names=_(", ").join(rest)) if rest else ""
        near = _("Did you mean {near}?").format(near=self.near) if self.near else ""
        return tidy(" ".join(filter(None, (near, others))))


class NoNamespace(NoSuchThing):
    """There is no network namespace of that name.

    Args:
        name: The name as given.
        names: The names of the existing namespaces.
        stopped: The container of that name if it has stopped; else empty.
    """

    def __init__(self, name: str, names: Iterable[str] = (), stopped: str = "") -> None:
        why = _("The host is meant by leaving netns out.") if name == "host" else ""
        if stopped:
            why = _("The container {name} has stopped, and its network namespace is gone.").format(name=stopped)
        self.stopped = stopped
        try_ = f"container_start({quoted(stopped)})" if stopped else "netns_list()"
        super().__init__(_("There is no network namespace {name}.").format(name=name), name, names, why, try_)

    def _there_is(self) -> str:
        if self.stopped:
            return ""
        if self.near and self.near.strip(digits) == self.name.strip(digits):
            self.near = None  # names that differ only in their number, test1 and test2, are no misspellings
        left_out = "" if self.near or self.name == "host" else _("Perhaps the step that makes it was left out.")
        return tidy(" ".join(filter(None, (super()._there_is(), left_out))))


class NoLink(NoSuchThing):
    """There is no interface of that name in the namespace.

    Args:
        name: The interface's name as given.
        netns: The namespace; `None` is the host.
        names: The interfaces in this namespace.
        elsewhere: Namespaces that do have an interface of that name; the host is `"host"`.
        is_namespace: Whether a namespace has that name.
    """

    def __init__(
        self,
        name: str,
        netns: str | None,
        names: Iterable[str] = (),
        elsewhere: Iterable[str] = (),
        is_namespace: bool = False,
    ) -> None:
        self.netns, self.elsewhere = netns, tuple(elsewhere)
        what = _("{netns} has no interface {name}.") if netns else _("The host has no interface {name}.")
        where, why = netns, ""
        if self.elsewhere:
            where = self.elsewhere[0]
            why = _("There is one on the host.") if where == "host" else _("There is one in {where}.")
        elif is_namespace:
            where, why = name, _("{name} is a namespace, and is meant by netns={quoted}.")
        why = why.format(where=_(", ").join(map(visible, self.elsewhere)), name=visible(name), quoted=quoted(name))
        try_ = "link_show()" if where is None or where == "host" else f"link_show(netns={quoted(where)})"
        super().__init__(what.format(netns=netns, name=name), name, names, why, try_, ENODEV)

    def _there_is(self) -> str:
        return "" if self.elsewhere else super()._there_is()


class NoContainer(NoSuchThing):
    """There is no container of that name."""

    def __init__(self, name: str, names: Iterable[str] = ()) -> None:
        super().__init__(
            _("There is no container {name}.").format(name=name), name, names, try_="container_list()", errno=None
        )


class NoImage(NoSuchThing):
    """The container engine has no image of that name; `why` says whether one could be downloaded here."""

    def __init__(self, name: str, names: Iterable[str], why: str, try_: str) -> None:
        super().__init__(_("There is no image {name}.").format(name=name), name, names, why, try_, errno=None)


class AlreadyExists(LabError):
    """A name, an address or a route is taken.

    Args:
        thing: What exists already, with its name.
        said: The kernel's error; `File exists` if empty.
    """

    def __init__(self, thing: str, said: str = "") -> None:
        super().__init__(
            _("{thing} exists already.").format(thing=thing),
            _("Was this cell run twice? Then go on: what you asked for is there."),
            said=said or errno_text(EEXIST),
        )
        self.thing = thing


class AmbiguousName(LabError):
    """A name is that of a network namespace and of a container; `ways` are two spellings that tell them apart."""

    def __init__(self, name: str, ways: Iterable[str]) -> None:
        self.name, self.ways = name, tuple(ways)
        what = _("{name} is the name of a network namespace and of a container.").format(name=name)
        why = _("Say which is meant: {ways}.").format(ways=_(", ").join(map(visible, self.ways)))
        super().__init__(what, why, try_=f"link_show(netns={quoted(self.ways[-1])})")


class BadValue(LabError):
    """An argument is not valid; `why` states the rule. Linux was not asked."""


class MissingProgram(LabError):
    """A program of the system is not installed.

    Args:
        program: Its name, for example `ping`.
        package: The Debian package that brings it.
    """

    def __init__(self, program: str, package: str) -> None:
        what = _("The program {program} is not installed.").format(program=program)
        super().__init__(what, try_=f"sudo apt-get install {package}")
        self.program, self.package = program, package


class RefusedByLinux(LabError):
    """Linux refused what it was asked to do.

    Args:
        errno: The error number, as in errno(3); 0 if a program such as `ip` printed only an error message.
        extack: The kernel's message beside the number (NETLINK_EXT_ACK), or the program's; may be empty.
        why: What the error means here.
    """

    def __init__(self, errno: int, extack: str = "", why: str = "") -> None:
        super().__init__(_("Linux refused this."), why, said=errno_text(errno, extack))
        self.errno, self.extack, self.args = errno, extack, (f"{self} {self.said}",)


class RefusedByEngine(LabError):
    """Docker or Podman refused; `words` is its error message, `why` what that means here."""

    def __init__(self, words: str, why: str = "", try_: str = "") -> None:
        super().__init__(_("The container engine refused this."), why or words, try_=try_)
        self.words = words


class EngineTrouble(LabError):
    """No container engine is running; `why` is the reason, for example from its log."""

    def __init__(self, why: str, try_: str = "") -> None:
        super().__init__(_("The container engine is not running."), why, try_=try_)


@contextmanager
def refused_by_linux() -> Iterator[None]:
    """Raise RefusedByLinux for an OSError in the block."""
    try:
        yield
    except OSError as error:
        raise RefusedByLinux(error.errno or 0) from None


def errno_text(errno: int, extack: str = "") -> str:
    """Return the text of an error number, `File exists (EEXIST)`, followed by the kernel's extack message, if any."""
    if not errno:
        return extack
    text = f"{os.strerror(errno)} ({errorcode.get(errno, str(errno))})"
    return f"{text}. {extack}" if extack else text
