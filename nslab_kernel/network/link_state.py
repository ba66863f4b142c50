"""The state of a link after the planned changes so far."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nslab_kernel.linux import link_options
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.link_reader import BOND_PORTS_MAC, BOND_PRIMARY, OF_A_KIND, OF_A_PORT
from nslab_kernel.model.network import AddressDetails, Attributes, Link, in_columns
from nslab_kernel.network import operation
from nslab_kernel.network.config_equality import same_address
from nslab_kernel.network.operation import Operation

_BUILT_IN = ("loopback", "ether", "other")
"""Kinds of interfaces that nobody can make or delete."""
_BORN = {
    "tunl0": "ipip", "gre0": "gre", "gretap0": "gretap", "erspan0": "erspan", "ip_vti0": "vti", "ip6_vti0": "vti6",
    "sit0": "sit", "ip6tnl0": "ip6tnl", "ip6gre0": "ip6gre",
}  # fmt: skip
"""Interfaces that Linux creates in every new namespace if certain modules are loaded, each with its kind."""
_ONLY_DOWN = ("bond", "team")
"""Kinds of masters that an interface can join only while the interface is down."""
Given = tuple[str, AddressDetails | None]


@dataclass
class LinkState:
    """A link during planning."""

    link: Link
    """The link as it is after the operations planned so far."""
    was: Link | None
    """The link as it is in Linux now; `None` if it will be created."""
    routes_lost: bool = False
    """Whether an operation may have made Linux delete routes of the link."""


def is_built_in(link: Link) -> bool:
    """Return whether a link cannot be made or deleted, because it comes with its namespace or is the machine's."""
    return link.kind in _BUILT_IN or is_born(link)


def is_born(link: Link) -> bool:
    """Return whether Linux creates a link together with its namespace."""
    return link.kind == "loopback" or _BORN.get(link.ifname) == link.kind


def just_made(link: Link) -> Link:
    """Return a link as it is right after its creation."""
    return replace(
        link,
        mac=own_mac(link),
        flags=(),
        addresses=(),
        address_details=(),
        master=None,
        altnames=(),
        attributes=(),
        options=(),
    )


def own_mac(link: Link) -> str:
    """Return a link's permanent MAC address; `mac` of a bond's port is the bond's."""
    own = dict(link.attributes).get(BOND_PORTS_MAC, b"")
    return own.hex(":") if len(own) == 6 else link.mac


def set_attributes(netns: str, state: LinkState, link: Link) -> Iterator[Operation]:
    """Yield the operation that sets the options in which an interface differs; a missing one gets its default."""
    old, new = dict(state.link.attributes), dict(link.attributes)
    differ: Attributes = tuple((where, value) for where, value in new.items() if old.get(where) != value)
    for where in old.keys() - new.keys():
        usual = kernel_defaults().default(link.ifname, link.kind, where)
        # Linux drops the options of a port when the port leaves its bridge.
        if usual is not None and (link.master or where[:2] != OF_A_PORT):
            differ = (*differ, (where, usual))
    came = [option for option in link.options if option not in state.link.options]
    if state.was is None:  # the link was made with the options of its kind
        differ = tuple(one for one in differ if one[0][:2] != OF_A_KIND or one[0] == BOND_PRIMARY)
        came = [one for one in came if not one.startswith(f"type {link.kind}") or one.startswith("type bond primary")]
    if differ:
        gone = [option for option in state.link.options if _about(option) not in map(_about, came)]
        words = [*came, *(link_options.command_for_default(option) for option in gone if option not in link.options)]
        yield operation.set_attributes(netns, link, differ, words)


def _about(option: str) -> list[str]:
    """Return what an option sets: `mtu`, or `type bridge` for all options of a bridge."""
    words = option.split()
    return words[: 2 if words[0] == "type" else 1]


def rename(netns: str, state: LinkState, new: str) -> Operation:
    """Return the operation that renames a link, and update the link's state."""
    renaming = operation.rename(netns, state.link, new)
    state.link = replace(state.link, ifname=new)
    return renaming


def set_down(netns: str, state: LinkState) -> Operation:
    """Return the operation that sets a link down; the link's state loses its routes and IPv6 addresses."""
    setting_down = operation.set_down(netns, state.link)
    _lose_ipv6(state)
    state.link = replace(state.link, flags=())
    return setting_down


def set_master(netns: str, state: LinkState, link: Link, was: Link | None, master: Link | None) -> Iterator[Operation]:
    """Yield the operations that change an interface's master from `was` to `master`; either may be `None`."""
    if master and master.kind in _ONLY_DOWN and state.link.up:
        yield set_down(netns, state)
    yield operation.set_master(netns, link, master)
    if state.link.up and any(one and one.kind == "vrf" for one in (was, master)):
        _lose_ipv6(state)  # Linux sets the interface down and up when it joins or leaves a VRF


def _lose_ipv6(state: LinkState) -> None:
    addresses, details = in_columns(of_family(state.link.detailed_addresses, 4))
    state.link = replace(state.link, addresses=addresses, address_details=details)
    state.routes_lost = True


def common_start(one: tuple[Given, ...], other: tuple[Given, ...]) -> int:
    """Return how many addresses at the start of both lists are configured alike."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if not same_address(a, b)), min(len(one), len(other)))


def of_family(addresses: tuple[Given, ...], family: int) -> tuple[Given, ...]:
    """Return the addresses of one family, oldest first; Linux lists IPv6 addresses newest first."""
    if family == 4:
        return tuple(given for given in addresses if ":" not in given[0])
    return tuple(given for given in reversed(addresses) if ":" in given[0])
