"""System calls that no lab may make: those that lead out of it because Linux has no namespace for what they reach.

    socket(AF_VSOCK), socket(AF_QIPCRTR)   the hypervisor below, the modem beside: neither lies in a network namespace
    io_uring_setup                         makes sockets past any filter
    calls of another architecture          have other numbers

A filter of instructions of the classic BPF, as seccomp(2) takes it; docs of the kernel, "Seccomp BPF".
"""

import errno
import platform
import struct

from nslab_kernel.linux import libc

_AF_VSOCK, _AF_QIPCRTR = 40, 42
_IO_URING_SETUP = 425
_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""The architecture's number in linux/audit.h, and that of its socket(2)."""
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in struct seccomp_data."""
_X32 = 0x40000000


def forbid() -> None:
    """Forbid them to this process and all that it starts; does nothing on an architecture that it does not know."""
    if platform.machine() in _ARCHITECTURES:
        libc.filter_system_calls(_program(*_ARCHITECTURES[platform.machine()]))


def _program(architecture: int, socket: int) -> bytes:
    no_family, no_call = _ERRNO | errno.EAFNOSUPPORT, _ERRNO | errno.ENOSYS
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 0, 9, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_AT_LEAST, 7, 0, _X32),
        (_JUMP_IF_EQUAL, 6, 0, _IO_URING_SETUP),
        (_JUMP_IF_EQUAL, 0, 3, socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_JUMP_IF_EQUAL, 2, 0, _AF_VSOCK),
        (_JUMP_IF_EQUAL, 1, 0, _AF_QIPCRTR),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, no_family),
        (_RETURN, 0, 0, no_call),
    ]
    return b"".join(struct.pack("HBBI", code, yes, no, value) for code, yes, no, value in lines)
