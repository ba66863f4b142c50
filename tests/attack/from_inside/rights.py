"""Attacks that ask for rights over the machine, and change nothing.

Switches are opened, never written. A system call gets an argument that is invalid if the right is granted: any error
but EPERM and EACCES shows that the process has the right.
"""

import contextlib
import ctypes
import errno
import os
import platform
import stat
from pathlib import Path

_CALLS = {
    "x86_64": {"init_module": 175, "kexec_load": 246, "bpf": 321, "perf": 298, "reboot": 169},
    "aarch64": {"init_module": 105, "kexec_load": 104, "bpf": 280, "perf": 241, "reboot": 142},
}[platform.machine()]
_ADJ_TICK = 0x4000
_BPF_PROG_GET_NEXT_ID = 11
_PTRACE_SEIZE, _PTRACE_DETACH = 0x4206, 17
_libc = ctypes.CDLL(None, use_errno=True)


def opens_switches(machine, *paths):
    """Open switches of the whole machine for writing."""
    return [f"could write {path}" for path in paths if _opens_for_writing(path)]


def loads_a_module(machine):
    """Ask to load an empty kernel module."""
    return _granted("may load kernel modules", _CALLS["init_module"], None, 0, b"")


def starts_another_kernel(machine):
    """Ask to load another kernel by kexec, with invalid flags."""
    return _granted("may load another kernel", _CALLS["kexec_load"], 0, 0, None, 0xFFFF)


def restarts_the_machine(machine):
    """Ask to restart the machine, without the magic numbers.

    In a PID namespace of its own, reboot(2) would end only the processes of that namespace.
    """
    own = os.stat("/proc/self/ns/pid").st_ino != machine.namespaces["pid"]
    return [] if own else _granted("may restart the machine", _CALLS["reboot"], 0, 0, 0, None)


def sets_the_clock(machine):
    """Ask to change the clock's speed, with the invalid tick 0."""
    request = ctypes.create_string_buffer(256)
    ctypes.c_uint.from_buffer(request, 0).value = _ADJ_TICK
    refused = _libc.adjtimex(request) == -1 and ctypes.get_errno() == errno.EPERM
    return [] if refused else ["may change the clock"]


def lists_bpf_programs(machine):
    """Ask bpf(2) for the machine's BPF programs."""
    request = ctypes.create_string_buffer(128)
    return _granted("may use bpf(2) on the machine", _CALLS["bpf"], _BPF_PROG_GET_NEXT_ID, request, 128)


def watches_every_cpu(machine):
    """Open a performance counter that counts for all processes of a processor."""
    request = ctypes.create_string_buffer(128)
    ctypes.c_uint.from_buffer(request, 0).value = 1  # PERF_TYPE_SOFTWARE
    ctypes.c_uint.from_buffer(request, 4).value = 128
    return _granted("may watch all processes by perf", _CALLS["perf"], request, -1, 0, -1, 0)


def makes_a_device(machine):
    """Make the device node of /dev/null in another folder, and open this node."""
    achieved = []
    for folder in (machine.notebooks, os.environ.get("TMPDIR", "/tmp"), "/dev/shm"):
        node = Path(folder, "planted-node")
        with contextlib.suppress(OSError):
            os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 3))
            os.close(os.open(node, os.O_WRONLY))
            achieved.append(f"made and opened a device node in {folder}")
        node.unlink(missing_ok=True)
    return achieved


def touches_an_outside_process(machine):
    """Trace, read or signal a process of the machine that belongs to the same user."""
    achieved = []
    if _libc.ptrace(_PTRACE_SEIZE, machine.sleeper, None, None) == 0:
        _libc.ptrace(_PTRACE_DETACH, machine.sleeper, None, None)
        achieved.append("may trace it")
    with contextlib.suppress(OSError):
        os.kill(machine.sleeper, 0)
        if b"sleep" in Path(f"/proc/{machine.sleeper}/cmdline").read_bytes():
            achieved.append("may end it")
    with contextlib.suppress(OSError):
        if os.listdir(f"/proc/{machine.sleeper}/root") and os.readlink(f"/proc/{machine.sleeper}/exe"):
            achieved.append("may see its files")
    return achieved


def sees_outside_processes(machine):
    """Find processes of the machine in /proc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if b"tests.attack.host" in path.read_bytes():
                found.append("sees the machine's processes")
    return found


def raises_its_priority(machine):
    """Ask for a higher priority than other processes: real-time scheduling, or a lower nice value."""
    achieved = []
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        achieved.append("may run in real time")
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, before - 1)
        os.setpriority(os.PRIO_PROCESS, 0, before)
        achieved.append("may run before others")
    return achieved


def _granted(right, number, *arguments):
    """Return a list with the right, or an empty one if the system call fails with EPERM or EACCES."""
    ctypes.set_errno(0)
    result = _libc.syscall(number, *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result >= 0 and right.endswith("perf"):
        os.close(result)
    if result < 0 and ctypes.get_errno() == errno.ENOSYS:
        raise NotImplementedError("this Linux has no such system call")
    return [] if result < 0 and ctypes.get_errno() in (errno.EPERM, errno.EACCES) else [right]


def _opens_for_writing(path):
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
        return True
    return False
