"""The sysctls that every namespace of a lab starts with.

Linux copies some sysctls of a new network namespace from the machine's first one, so a lesson's result would depend on
the machine. In a lab they are the same everywhere: forwarding is off, reverse path filtering is off,
secondary addresses are deleted with their primary one, and an IPv6 address can be used at once, without duplicate
address detection (RFC 4862).
See ip-sysctl in the kernel's documentation.
"""

import contextlib
from collections.abc import Container, Mapping
from pathlib import Path

from nslab_kernel.linux import sysctl_tree

_OFF = "0"
_SWITCHES = (
    "ipv4/ip_forward",
    "ipv4/conf/all/rp_filter",
    "ipv4/conf/default/rp_filter",
    "ipv4/conf/lo/rp_filter",
    "ipv4/conf/all/promote_secondaries",
    "ipv4/conf/default/promote_secondaries",
    "ipv4/conf/lo/promote_secondaries",
    "ipv6/conf/all/accept_dad",
    "ipv6/conf/default/accept_dad",
    "bridge/bridge-nf-call-iptables",
    "bridge/bridge-nf-call-ip6tables",
)
"""The sysctls, below /proc/sys/net, that are off in every namespace of a lab."""
HOST_DEFAULTS = {"ipv4/ping_group_range": "0 0"}
"""Further sysctls of a sandbox's host: its root group may ping without privileges."""
# A number "which can be used as required", says the kernel's documentation: 1 marks that the sysctls are set.
_DONE, _YES = "ipv4/conf/all/tag", "1"


def apply_defaults(is_host: bool = False) -> list[str]:
    """Set the sysctls in the calling thread's network namespace; return those that were refused, with the reason."""
    refused = []
    own = HOST_DEFAULTS if is_host else {}
    for name, value in {**own, **dict.fromkeys(_SWITCHES, _OFF), _DONE: _YES}.items():
        try:
            sysctl_tree.write(name, value)
        except FileNotFoundError:
            pass  # a sysctl of a module that is not loaded
        except OSError as error:
            refused.append(f"/proc/sys/net/{name}: {error.strerror}")
    return refused


def apply_defaults_where_untouched(kernel_sysctls: Mapping[str, str], builtin_links: Container[str]) -> None:
    """Set the sysctls that still have Linux's defaults, once, in a namespace where `apply_defaults` did not run.

    Args:
        kernel_sysctls: The values that a new namespace has on this machine.
        builtin_links: The interfaces that a new namespace has.

    Raises:
        OSError: A sysctl cannot be read or written.
    """
    if sysctl_tree.read(_DONE) == _YES:
        return
    now = read_current()
    on = {name: value for name, value in kernel_sysctls.items() if name in _SWITCHES and value != _OFF}
    for name in [name for name, value in now.items() if value == on.get(name)]:
        sysctl_tree.write(name, _OFF)
    # Interfaces that were made earlier have copied the old defaults.
    for name in [name for name in on if "/default/" in name]:
        for own in Path(sysctl_tree.ROOT).glob(name.replace("default", "*")):
            its = own.parent.name
            if its not in ("all", "default") and its not in builtin_links and own.read_text().strip() == on[name]:
                own.write_text(_OFF)
    # From now on, somebody who writes a value means it, also where it equals Linux's default.
    sysctl_tree.write(_DONE, _YES)


def read_current() -> dict[str, str]:
    """Return the values of `_SWITCHES` in the calling thread's network namespace, by name."""
    found = {}
    for name in _SWITCHES:
        with contextlib.suppress(FileNotFoundError):
            found[name] = sysctl_tree.read(name)
    return found
