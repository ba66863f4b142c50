"""Rights over the machine: each is asked for in a way that changes nothing where it is granted.

Switches are opened, never written; system calls get an argument that Linux refuses once it has granted the right.
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
    """Load a kernel module; an empty one is refused once the right is granted."""
    return _granted("may load kernel modules", _CALLS["init_module"], None, 0, b"")


def starts_another_kernel(machine):
    """Load another kernel by kexec; these flags are refused once the right is granted."""
    return _granted("may load another kernel", _CALLS["kexec_load"], 0, 0, None, 0xFFFF)


def restarts_the_machine(machine):
    """Restart the machine; without the magic numbers it is refused once the right is granted.

    In processes of its own it would end those alone.
    """
    own = os.stat("/proc/self/ns/pid").st_ino != machine.namespaces["pid"]
    return [] if own else _granted("may restart the machine", _CALLS["reboot"], 0, 0, 0, None)


def sets_the_clock(machine):
    """Change the clock's speed; a tick of nought is refused once the right is granted."""
    request = ctypes.create_string_buffer(256)
    ctypes.c_uint.from_buffer(request, 0).value = _ADJ_TICK
    refused = _libc.adjtimex(request) == -1 and ctypes.get_errno() == errno.EPERM
    return [] if refused else ["may change the clock"]


def lists_bpf_programs(machine):
    """List the programs of the machine's BPF."""
    request = ctypes.create_string_buffer(128)
    return _granted("may use bpf(2) on the machine", _CALLS["bpf"], _BPF_PROG_GET_NEXT_ID, request, 128)


def watches_every_cpu(machine):
    """Open a performance counter of a whole processor."""
    request = ctypes.create_string_buffer(128)
    ctypes.c_uint.from_buffer(request, 0).value = 1  # software
    ctypes.c_uint.from_buffer(request, 4).value = 128
    return _granted("may watch all processes by perf", _CALLS["perf"], request, -1, 0, -1, 0)


def makes_a_device(machine):
    """Make a device node, and open it."""
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
    """Take the machine's processors before everybody else: real-time, or a negative nice value."""
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
    """Return the right, unless the system call says that it is not granted."""
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
