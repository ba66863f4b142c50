"""Sends attributes to Linux as they were read.

Names and values are not checked, as they come from Linux. Adding an object that exists, or deleting one that does not,
is no error. All of it runs in the worker thread (`worker.py`), in which a plan (`network/plan.py`) is carried out.
"""

import contextlib
import errno
import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator

from nslab_kernel.errors import RefusedByLinux, refused_by_linux
from nslab_kernel.linux import command, namespaces, sysctl_tree, worker
from nslab_kernel.linux.netlink import Netlink, attribute

_THERE, _GONE = (errno.EEXIST,), (errno.ENOENT, errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL)
_SOCKETS = 256
"""The most sockets that stay open while a plan is carried out."""
_opened: OrderedDict[str | None, Netlink] | None = None


def keep_sockets() -> None:
    """Keep the sockets of namespaces open from one change to the next."""
    global _opened
    close_sockets()
    _opened = OrderedDict()


def close_sockets() -> None:
    """Close the sockets that were kept open."""
    global _opened
    kept, _opened = _opened, None
    for netlink in kept.values() if kept else ():
        netlink.close()


def delete_namespace(name: str) -> None:
    """Delete a namespace, and close its socket, which would keep it alive."""
    if _opened and name in _opened:
        _opened.pop(name).close()
    namespaces.drop(name)


def set_rules(program: str, text: str, netns: str | None) -> None:
    """Hand rules to `nft -f -` or `iptables-restore`; nft(8), iptables-restore(8).

    Raises:
        MissingProgram: The program is not installed.
        RefusedByLinux: The program failed; the error has its output.
    """
    with worker.inside(netns), tempfile.NamedTemporaryFile("w") as file:
        file.write(f"{text}\n")
        file.flush()
        finished = command.run([*program.removesuffix(" -").split(), file.name])
    if finished.status:
        raise RefusedByLinux(errno.EINVAL, finished.text.strip())


def set_sysctl(key: str, value: str, netns: str | None) -> None:
    """Write a sysctl, named as sysctl(8) writes it; it is no error if its interface is gone."""
    with worker.inside(netns), refused_by_linux(), contextlib.suppress(FileNotFoundError):
        sysctl_tree.write(sysctl_tree.place(key), value)


def change(netns: str | None, kind: int, body: bytes, flags: int = 0, there: bool = False, gone: bool = False) -> None:
    """Request one change in a namespace; `there` tolerates that the object exists, `gone` that it does not."""
    with opened_socket(netns) as netlink, tolerating(there, gone):
        netlink.change(kind, body, flags)


@contextlib.contextmanager
def tolerating(there: bool = False, gone: bool = False) -> Iterator[None]:
    """Ignore Linux's refusal because an object exists already (`there`), or is gone already (`gone`)."""
    try:
        yield
    except RefusedByLinux as refused:
        if refused.errno not in (_THERE if there else ()) + (_GONE if gone else ()):
            raise


@contextlib.contextmanager
def opened_socket(netns: str | None) -> Iterator[Netlink]:
    """Yield a socket in a namespace: a new one, or the one that is kept open."""
    if _opened is None:
        with worker.inside(netns), Netlink() as netlink:
            yield netlink
        return
    if netns not in _opened:
        with worker.inside(netns):
            _opened[netns] = Netlink()
        if len(_opened) > _SOCKETS:
            _opened.popitem(last=False)[1].close()
    _opened.move_to_end(netns)
    yield _opened[netns]


def text_attribute(kind: int, name: str) -> bytes:
    """Return a name as an attribute, byte for byte as Linux had it."""
    return attribute(kind, os.fsencode(name) + b"\0")
