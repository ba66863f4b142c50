"""The sysctls that every namespace of a lab starts with.

Linux copies some sysctls of a new network namespace from the machine's first one, so that a lesson would come out
differently on two machines. In a lab they are the same everywhere: forwarding is off, reverse path filtering is off,
secondary addresses are deleted with their primary one, and an IPv6 address can be used at once, without duplicate
address detection (RFC 4862).
See ip-sysctl in the kernel's documentation.
"""

import contextlib
from collections.abc import Container, Mapping
from pathlib import Path

DEFAULTS = {
    "ipv4/ip_forward": b"0",
    "ipv4/conf/all/rp_filter": b"0",
    "ipv4/conf/default/rp_filter": b"0",
    "ipv4/conf/lo/rp_filter": b"0",
    "ipv4/conf/all/promote_secondaries": b"0",
    "ipv4/conf/default/promote_secondaries": b"0",
    "ipv4/conf/lo/promote_secondaries": b"0",
    "ipv6/conf/all/accept_dad": b"0",
    "ipv6/conf/default/accept_dad": b"0",
    "bridge/bridge-nf-call-iptables": b"0",
    "bridge/bridge-nf-call-ip6tables": b"0",
}
HOST_DEFAULTS = {"ipv4/ping_group_range": "0 0"}
"""What the host of a sandbox has too: its root may ping without privileges."""
# A number "which can be used as required", says the kernel's documentation: here, that the sysctls are set.
_DONE, _YES = "ipv4/conf/all/tag", b"1"


def apply_defaults() -> list[str]:
    """Set the sysctls in the calling thread's network namespace; return those that were refused, with the reason."""
    refused = []
    for name, value in {**DEFAULTS, _DONE: _YES}.items():
        try:
            _write(name, value)
        except FileNotFoundError:
            pass  # a sysctl of a module that is not loaded
        except OSError as error:
            refused.append(f"/proc/sys/net/{name}: {error.strerror}")
    return refused


def apply_defaults_where_untouched(kernel_sysctls: Mapping[str, bytes], builtin_links: Container[str]) -> None:
    """Set the sysctls that still have Linux's defaults, once in a namespace without `apply_defaults`.

    Args:
        kernel_sysctls: The values that a new namespace has on this machine.
        builtin_links: The interfaces that it has.

    Raises:
        OSError: A sysctl cannot be read or written.
    """
    now = read_current()
    if now.pop(_DONE) == _YES:
        return
    for name in [name for name, value in now.items() if value == kernel_sysctls.get(name) != DEFAULTS[name]]:
        _write(name, DEFAULTS[name])
    # Interfaces made before that copied the old defaults.
    for name in [name for name in DEFAULTS if "/default/" in name and kernel_sysctls.get(name) != DEFAULTS[name]]:
        for own in Path("/proc/sys/net").glob(name.replace("default", "*")):
            its = own.parent.name
            if (
                its not in ("all", "default")
                and its not in builtin_links
                and own.read_bytes().strip() == kernel_sysctls[name]
            ):
                own.write_bytes(DEFAULTS[name])
    _write(_DONE, _YES)  # what is written from now on is somebody's wish, also where it is Linux's default


def read_current() -> dict[str, bytes]:
    """Return the sysctls of the calling thread's network namespace, by name."""
    found = {}
    for name in (*DEFAULTS, _DONE):
        with contextlib.suppress(FileNotFoundError):
            found[name] = _read(name)
    return found


def _read(name: str) -> bytes:
    return Path(f"/proc/sys/net/{name}").read_bytes().strip()


def _write(name: str, value: bytes) -> None:
    with Path(f"/proc/sys/net/{name}").open("r+b", buffering=0) as file:  # without O_CREAT, and the error at once
        file.write(value)
