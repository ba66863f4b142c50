"""The difference between two Networks: what came and what went."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from nslab_kernel.model.lines import (
    Line,
    address_line,
    container_line,
    entry_line,
    forward_line,
    link_line,
    namespace_line,
    neighbour_line,
    route_line,
    rule_lines,
    sysctl_line,
)
from nslab_kernel.model.lookup import ends
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network


@dataclass(frozen=True)
class Difference:
    """The difference between two Networks, as objects (for pictures) and as lines of text."""

    namespaces_added: tuple[str, ...]
    namespaces_removed: tuple[str, ...]
    links_added: tuple[End, ...]
    """Links that came; a moved link counts as added in its new place and as removed in its old one."""
    links_removed: tuple[End, ...]
    links_changed: tuple[End, ...]
    """Links in the same place with a different state, address, master, ..."""
    links_moved: tuple[tuple[End, End], ...]
    """The old and the new place of each moved or renamed link, which is also among the removed and added links."""
    added: tuple[Line, ...]
    removed: tuple[Line, ...]

    def __bool__(self) -> bool:
        """Whether anything is different."""
        return bool(self.added or self.removed)


def difference(before: Network, after: Network) -> Difference:
    """Compare two Networks; of neighbours only coming and going counts, because their states change by themselves."""
    before, after = _without_what_is_alike(before, after)
    old_lines, new_lines = list(_lines(before)), list(_lines(after))
    old, new = dict(ends(before)), dict(ends(after))
    came = {end: link for end, link in new.items() if end not in old}
    gone = {end: link for end, link in old.items() if end not in new}
    elsewhere = [line for name in before.namespaces for line in _out_of_place(before, after, name)]
    return Difference(
        tuple(name for name in after.namespaces if name not in before.namespaces),
        tuple(name for name in before.namespaces if name not in after.namespaces),
        tuple(came),
        tuple(gone),
        tuple(end for end in new if end in old and _looks(old[end]) != _looks(new[end])),
        tuple(_moved(gone, came)),
        (*_beyond(new_lines, old_lines), *elsewhere),
        (*_beyond(old_lines, new_lines), *elsewhere),
    )


def _out_of_place(before: Network, after: Network, name: str) -> Iterator[Line]:
    """Yield the lines of a packet filter whose order changed, which matters because the first matching rule decides."""
    if name not in after.namespaces or before.namespaces[name].ruleset == after.namespaces[name].ruleset:
        return
    old, new = (list(rule_lines(network.namespaces[name])) for network in (before, after))
    old, new = (list(_beyond(one, list(_beyond(one, other)))) for one, other in ((old, new), (new, old)))
    for what, start, end, _start, _end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield from old[start:end]


def _beyond(lines: list[Line], others: list[Line]) -> Iterator[Line]:
    """Yield the lines that `others` lacks; a line that occurs n times more often than in `others`, n times."""
    left = Counter(others)
    for line in lines:
        if left[line]:
            left[line] -= 1
        else:
            yield line


def _without_what_is_alike(before: Network, after: Network) -> tuple[Network, Network]:
    """Return both Networks without equal namespaces and links, which in a large lab are nearly all of them."""
    old, new = before.namespaces, after.namespaces
    differ = [name for name in {**old, **new} if old.get(name) is not new.get(name) and old.get(name) != new.get(name)]
    return (
        Network({name: _without_links(old[name], new.get(name)) for name in differ if name in old}),
        Network({name: _without_links(new[name], old.get(name)) for name in differ if name in new}),
    )


def _without_links(namespace: Namespace, other: Namespace | None) -> Namespace:
    """Return a namespace without the links that are equal in the other one."""
    there = {link.ifname: link for link in other.links} if other else {}
    left = [link for link in namespace.links if there.get(link.ifname) is not link and there.get(link.ifname) != link]
    return replace(namespace, links=tuple(left))


def _looks(link: Link) -> tuple[object, ...]:
    """Return the fields that count as a change of a link; a move or state of its peer counts only for the peer."""
    flags = tuple(flag for flag in link.flags if flag != "M-DOWN")
    return (
        link.ifindex,
        link.mac,
        link.mtu,
        link.operstate,
        flags,
        link.addresses,
        link.master,
        link.altnames,
        link.options,
    )


def _moved(gone: dict[End, Link], came: dict[End, Link]) -> Iterator[tuple[End, End]]:
    for old, was in gone.items():
        for new, is_ in came.items():
            if (
                was.kind == is_.kind
                and (was.kind != "loopback" or old.netns == new.netns)
                and was.mac == is_.mac
                and (old.ifname == new.ifname or was.ifindex == is_.ifindex)
            ):
                yield old, new


def _lines(network: Network) -> Iterator[Line]:
    for name, namespace in network.namespaces.items():
        if name != HOST:
            yield from _name_lines(name, namespace)
        yield from _lines_inside(name, namespace)


def _name_lines(name: str, namespace: Namespace) -> Iterator[Line]:
    if not namespace.container:
        yield namespace_line(name)
        return
    yield container_line(name, namespace.container)
    yield from map(namespace_line, namespace.also)


def _lines_inside(name: str, namespace: Namespace) -> Iterator[Line]:
    for link in namespace.links:
        yield link_line(name, link)
        for addr in link.addresses:
            yield address_line(name, link, addr)
    for route in namespace.routes:
        yield route_line(name, route)
    for neighbour in namespace.neighbours:
        if neighbour.state != "PERMANENT":  # permanent neighbours are among the entries
            yield neighbour_line(name, neighbour)
    for entry in namespace.entries:
        yield entry_line(name, entry)
    yield from rule_lines(namespace)
    if namespace.ip_forward:
        yield forward_line(namespace)
    for key, value in namespace.sysctls:
        yield sysctl_line(name, key, value)
