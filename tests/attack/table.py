"""The table of attacks, one line each.

    Attack(function, harm, *arguments, control=WHO)

The function is in from_inside/ and runs as a cell. It gets what an attacker may know about the machine
(`jupyter._facts`) and the arguments, and returns a list of sentences about what it achieved, empty if the sandbox
held. What the machine itself witnesses, a service that was reached or a file that was written, is added. `control`
names the launches in which a plain notebook kernel achieves the harm, which proves that the attack can succeed.
"""

from collections.abc import Callable

from tests.attack.from_inside import files, limits, mounts, network, rights
from tests.attack.world import HOME_FILES, LAUNCHES, OF_ROOTS_GROUP, OTHERS, SOCKETS, SYSTEM_FILES

ALL = tuple(name for name in LAUNCHES if name != "lone")
"""The launches that get a lab."""
ROOT = tuple(name for name in ALL if LAUNCHES[name].root)
REAL_ROOT = ("root",)
FREE = ("root", "docker")
"""Launches by root, for whom all uids of the machine are mapped."""
MANY_USERS = (*FREE, "container")
MOUNTERS = ("root", "container")
"""Launches that may mount and make namespaces without a new user namespace."""


class Attack:
    """An attack, its harm, the launches where it succeeds without a sandbox, and those where the sandbox must hold."""

    def __init__(
        self,
        function: Callable[..., list[str]],
        harm: str,
        *arguments: str,
        control: tuple[str, ...] = ALL,
        promised: tuple[str, ...] = ALL,
    ) -> None:
        self.function, self.harm, self.arguments = function, harm, arguments
        self.control, self.promised = control, promised

    def __str__(self) -> str:
        words = self.function.__name__.replace("_", " ")
        return f"{words} {self.arguments[0]}" if self.arguments else words


_SWITCHES = ("/proc/sys/kernel/core_pattern", "/proc/sys/vm/swappiness", "/proc/sys/vm/drop_caches")
_SWITCHES += ("/proc/sys/kernel/sysrq", "/proc/sysrq-trigger", "/proc/sys/fs/file-max")
_SYS = ("/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_helper", "/sys/power/state")
_OF_A_USER, _OF_A_SERVICE, _OF_CONTAINERS = OTHERS
_UNCOVERING = ("umount", "bind", "move", "open_tree", "pivot_root", "processes", "mount namespaces")
_UNDOING = dict.fromkeys(_UNCOVERING, MOUNTERS) | {"remount": REAL_ROOT, "chroot": ROOT, "user namespace": ALL}
_HOME = tuple(f"~/{name}" for name in HOME_FILES)

ATTACKS = (
    Attack(network.dials_the_server, "The learner's Jupyter server, and all of the network, is in reach"),
    Attack(network.turns_a_listener_round, "A socket of Jupyter's leads out of the sandbox"),
    Attack(network.dials_the_abstract_socket, "Programs of the desktop are in reach by abstract sockets"),
    Attack(network.opens_vsock, "vsock knows no namespaces: the host of this virtual machine is in reach"),
    Attack(network.holds_a_socket_of_the_machine, "A descriptor belongs to the machine's network"),
    Attack(network.enters_the_network, "The machine's network can be entered", control=REAL_ROOT),
    Attack(network.receives_a_descriptor, "The outer process hands out descriptors"),
    Attack(
        network.moves_a_link_to_the_machine,
        "An interface can be put into the machine's network",
        control=MOUNTERS,
    ),
    *(Attack(network.dials_a_socket, "A service of the machine is in reach", path) for path in SOCKETS),
    Attack(network.is_taken_for_root, "A service of the machine obeys the cell as it obeys root", control=ROOT),
    Attack(files.reads_files, "Passwords are read", "/etc/shadow", control=ROOT),
    Attack(files.reads_files, "Files of root are read", "/root/secret", control=ROOT),
    Attack(files.reads_files, "Root's private key is read", "~/.ssh/id_ed25519", control=ROOT, promised=ROOT),
    Attack(files.reads_files, "Files of root's group are read", OF_ROOTS_GROUP, control=ROOT),
    Attack(files.reads_files, "Files of another user are read", _OF_A_USER, control=MANY_USERS),
    Attack(files.reads_files, "Files of a service are read", _OF_A_SERVICE, control=MANY_USERS),
    Attack(files.reads_files, "Files of a user's containers are read", _OF_CONTAINERS, control=FREE, promised=FREE),
    Attack(files.reads_the_runtime_folder, "The server's token opens the server, and other notebooks' keys them"),
    Attack(files.writes_files, "What is written runs outside at the next login or start", *_HOME),
    Attack(files.replaces_files, "What is put in its place runs outside at the next login or start", *_HOME),
    Attack(files.writes_files, "The system is changed", *SYSTEM_FILES),
    Attack(files.reads_the_environment, "A token is known to the cell"),
    Attack(files.reads_the_keyring, "The keys of the session are known to the cell"),
    Attack(files.reads_shared_memory, "Memory that other programs share is read"),
    Attack(files.opens_devices, "A device of the machine is opened"),
    Attack(files.finds_devices, "A device of the machine is in sight"),
    Attack(files.leaves_a_program_of_roots, "Whoever starts it is root on the machine", control=ROOT),
    Attack(rights.opens_switches, "The machine itself is changed", *_SWITCHES, control=ROOT),
    Attack(rights.opens_switches, "The machine itself is changed", *_SYS, control=ROOT),
    Attack(rights.loads_a_module, "Any code runs in the machine's Linux", control=REAL_ROOT),
    Attack(rights.starts_another_kernel, "Any code runs instead of the machine's Linux", control=REAL_ROOT),
    Attack(rights.restarts_the_machine, "The machine is restarted", control=REAL_ROOT),
    Attack(rights.sets_the_clock, "The machine's clock is changed", control=REAL_ROOT),
    Attack(rights.lists_bpf_programs, "The machine's programs are watched and changed", control=REAL_ROOT),
    Attack(rights.watches_every_cpu, "Other users' programs are watched", control=REAL_ROOT),
    Attack(rights.makes_a_device, "A device of the machine is opened", control=REAL_ROOT),
    Attack(rights.touches_an_outside_process, "Programs of the user are read and ended"),
    Attack(rights.sees_outside_processes, "Programs of the machine are seen"),
    Attack(rights.raises_its_priority, "Other programs wait for the cell", control=REAL_ROOT),
    *(
        Attack(
            mounts.undoes_mounts,
            "What is hidden or read-only is not any more",
            trick,
            control=_UNDOING[trick],
        )
        for trick in mounts.TRICKS
    ),
    *(
        Attack(mounts.mounts_afresh, "The machine itself is changed through a fresh mount", fstype, control=REAL_ROOT)
        for fstype in ("proc", "sysfs", "cgroup2", "devtmpfs", "debugfs", "tracefs", "securityfs", "bpf")
    ),
    Attack(limits.fills_memory_by_files, "The machine's memory is filled with files", control=("user",)),
    Attack(limits.forks_without_end, "Nobody else on the machine can start a program", control=("user",)),
)
