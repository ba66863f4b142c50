"""System calls that no lab may make: those that lead out of it because Linux has no namespace for what they reach.

    socket(AF_VSOCK), socket(AF_QIPCRTR)   the hypervisor below, the modem beside: neither lies in a network namespace
    io_uring_setup                         does system calls past any filter
    calls of another architecture          have other numbers

Where root started the lab, also those that make a file set-user-ID or set-group-ID: in the notebook's folder it would
be root's, and whoever ran it outside would be root.

A filter of instructions of the classic BPF, as seccomp(2) takes it; docs of the kernel, "Seccomp BPF".
"""

import errno
import platform
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from nslab_kernel.linux import libc

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in struct seccomp_data."""
_X32 = 0x40000000
_AF_VSOCK, _AF_QIPCRTR = 40, 42
_SET_IDS = 0o6000
_IO_URING_SETUP, _OPENAT2, _FCHMODAT2 = 425, 437, 452


@dataclass(frozen=True)
class Numbers:
    """The numbers of an architecture's system calls."""

    architecture: int
    """In linux/audit.h."""
    socket: int
    modes: tuple[tuple[int, int], ...]
    """Calls that give a file a mode, and which argument it is: chmod, fchmod, fchmodat, open, creat, openat, mknod."""


_KNOWN = {
    "x86_64": Numbers(
        0xC000003E, 41, ((90, 1), (91, 1), (268, 2), (2, 2), (85, 1), (257, 3), (133, 1), (259, 2), (_FCHMODAT2, 2))
    ),
    "aarch64": Numbers(0xC00000B7, 198, ((52, 1), (53, 2), (56, 3), (33, 2), (_FCHMODAT2, 2))),
}


def forbid(set_id_files: bool) -> None:
    """Forbid them to this process and all that it starts; does nothing on an architecture that it does not know.

    Args:
        set_id_files: Whether to forbid set-user-ID and set-group-ID files as well.
    """
    if numbers := _KNOWN.get(platform.machine()):
        lines = [*_common(numbers), *(_set_id_files(numbers) if set_id_files else ()), (_RETURN, 0, 0, _ALLOW)]
        libc.filter_system_calls(b"".join(struct.pack("HBBI", *line) for line in lines))


Instruction = tuple[int, int, int, int]
"""The code, how many to skip if true, how many if not, the value."""


def _common(numbers: Numbers) -> Iterator[Instruction]:
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_JUMP_IF_EQUAL, 1, 0, numbers.architecture)
    yield _refuse(errno.ENOSYS)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_JUMP_IF_AT_LEAST, 0, 1, _X32)
    yield _refuse(errno.ENOSYS)
    yield (_JUMP_IF_EQUAL, 0, 1, _IO_URING_SETUP)
    yield _refuse(errno.ENOSYS)
    yield (_JUMP_IF_EQUAL, 0, 5, numbers.socket)
    yield _argument(0)
    yield (_JUMP_IF_EQUAL, 1, 0, _AF_VSOCK)
    yield (_JUMP_IF_EQUAL, 0, 1, _AF_QIPCRTR)
    yield _refuse(errno.EAFNOSUPPORT)
    yield (_RETURN, 0, 0, _ALLOW)


def _set_id_files(numbers: Numbers) -> Iterator[Instruction]:
    yield (_JUMP_IF_EQUAL, 0, 1, _OPENAT2)  # its mode lies in memory, where no filter sees it; openat does instead
    yield _refuse(errno.ENOSYS)
    for number, place in numbers.modes:
        yield (_JUMP_IF_EQUAL, 0, 4, number)
        yield _argument(place)
        yield (_JUMP_IF_ANY, 0, 1, _SET_IDS)
        yield _refuse(errno.EPERM)
        yield (_RETURN, 0, 0, _ALLOW)


def _argument(place: int) -> Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * place)


def _refuse(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)
