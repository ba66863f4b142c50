"""System calls that no lab may make, because they lead out of it.

No namespace separates what they reach, or they evade the filter:

    socket(AF_VSOCK), socket(AF_QIPCRTR)   reach the hypervisor and the modem, which no network namespace separates
    io_uring_setup                         makes system calls that no filter sees
    calls of another architecture          have other numbers, so the filter would not recognise them

The filter is a classic BPF program for seccomp(2); see "Seccomp BPF" in the kernel's documentation.
"""

import errno
import platform
import struct
from collections.abc import Iterator

from nslab_kernel.linux import libc

Instruction = tuple[int, int, int, int]
"""A struct sock_filter: code, instructions to skip if true, instructions to skip if false, value."""
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in struct seccomp_data."""
_X32 = 0x40000000
_AF_VSOCK, _AF_QIPCRTR = 40, 42
_IO_URING_SETUP = 425
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""The architecture's number in linux/audit.h, and that of its socket(2)."""


def install_filter() -> None:
    """Forbid these system calls to this process and its children; do nothing on an unknown architecture."""
    if platform.machine() in _ARCHITECTURES:
        program = _program(*_ARCHITECTURES[platform.machine()])
        libc.filter_system_calls(b"".join(struct.pack("HBBI", *instruction) for instruction in program))


def _program(architecture: int, socket: int) -> Iterator[Instruction]:
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_JUMP_IF_EQUAL, 1, 0, architecture)
    yield _refuse(errno.ENOSYS)
    yield (_LOAD, 0, 0, _NUMBER)
    yield (_JUMP_IF_AT_LEAST, 1, 0, _X32)
    yield (_JUMP_IF_EQUAL, 0, 1, _IO_URING_SETUP)
    yield _refuse(errno.ENOSYS)
    yield (_JUMP_IF_EQUAL, 0, 4, socket)
    yield (_LOAD, 0, 0, _FIRST_ARGUMENT)
    yield (_JUMP_IF_EQUAL, 1, 0, _AF_VSOCK)
    yield (_JUMP_IF_EQUAL, 0, 1, _AF_QIPCRTR)
    yield _refuse(errno.EAFNOSUPPORT)
    yield (_RETURN, 0, 0, _ALLOW)


def _refuse(number: int) -> Instruction:
    return (_RETURN, 0, 0, _ERRNO | number)
