"""Kernel parameters (sysctls), a set in each namespace: `sysctl`."""

from nslab_kernel.linux import sysctls
from nslab_kernel.model.naming import key_of
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.record import changes, fill, shows
from nslab_kernel.network.snapshot import snapshot


@shows("sysctl {key}")
def sysctl_show(key: str, netns: str | None = None) -> None:
    """Show a kernel parameter (sysctl).

    Args:
        key: Its name: `"net.ipv4.ip_forward"`.
        netns: Where to look; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.
        NoSuchThing: There is no such sysctl.
        BadValue: `key` cannot be the name of a sysctl.

    Example:
        >>> sysctl_show("net.ipv4.ip_forward", netns="test1")

    See sysctl(8).
    """
    sysctls.get(key, netns)


@changes("sysctl -w {key}={value}")
def sysctl_set(key: str, value: str | int, netns: str | None = None) -> Operation | None:
    """Set a kernel parameter (sysctl); each namespace has its own sysctls under `net.`.

    Args:
        key: Its name: `"net.ipv4.ip_forward"`.
        value: Its new value.
        netns: Where to set it; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.
        NoSuchThing: There is no such sysctl.
        BadValue: `key` cannot be the name of a sysctl.
        RefusedByLinux: Linux refuses the value, or the sysctl belongs to the whole machine.

    Example:
        >>> sysctl_set("net.ipv4.ip_forward", 1, netns="test1")

    See sysctl(8).
    """
    was, seen = sysctls.get(key, netns), _seen(netns)
    sysctls.set_value(key, value, netns)
    if sysctls.get(key, netns) == was or _seen(netns) != seen:
        return None  # unchanged, or undo() finds it in a Network, with its effects: disable_ipv6 removes addresses
    command = fill("sysctl -w {key}={value}", {"key": key, "value": was, "netns": netns})
    return Operation(command, sysctls.set_value, (key, was, netns))


def _seen(netns: str | None) -> object:
    """Return the sysctls of a namespace that a Network holds."""
    namespace = snapshot().namespaces.get(key_of(netns))
    return namespace and (namespace.ip_forward, namespace.sysctls)
