"""Namespaces that are alike, drawn as one stack."""

from collections import Counter
from dataclasses import replace
from typing import TypeVar

from nslab_kernel.language import translate as _
from nslab_kernel.model.naming import natural
from nslab_kernel.model.network import End
from nslab_kernel.scene.diagram import Diagram, InterfaceBox, Member, NamespaceBox
from nslab_kernel.scene.state_style import State
from nslab_kernel.spelling import distinct

T = TypeVar("T")

MANY_NAMESPACES = 12
"""With more namespaces than this, the host not counted, all groups of alike namespaces become stacks."""
MANY_ON_BRIDGE = 6
MIN_MEMBERS = 3
"""The least number of members of a stack."""
BUNDLE = "bundle"
"""The kind of an interface that stands for the interfaces of a whole stack."""


def collapse(diagram: Diagram, opened: str | None = None, unstacked: frozenset[str] = frozenset()) -> Diagram:
    """Return the diagram with a stack in place of each group of alike namespaces.

    Args:
        diagram: All namespaces, one by one.
        opened: The stack that shows its members one by one, empty for none; `None` where no stack can be opened.
        unstacked: Namespaces that may not be in a stack.
    """
    hub = diagram.hub
    groups: dict[str, list[NamespaceBox]] = {}
    for namespace in diagram.namespaces.values():
        if namespace.name != hub and namespace.name not in unstacked and (key := _likeness(diagram, namespace)):
            groups.setdefault(key, []).append(namespace)
    many = len(diagram.namespaces) - 1 > MANY_NAMESPACES
    for key, namespaces in groups.items():
        if len(namespaces) >= (MIN_MEMBERS if many else MANY_ON_BRIDGE + 1) and (many or not namespaces[0].is_empty):
            namespaces.sort(key=lambda namespace: natural(namespace.name))
            diagram = _stacked(diagram, hub, key, namespaces, opened)
    return diagram


def _likeness(diagram: Diagram, namespace: NamespaceBox) -> str | None:
    """Return a key that alike namespaces share: image and bridge, or for empty ones the image; `None` for others."""
    if namespace.kind not in ("namespace", "container") or len(namespace.interfaces) > 1:
        return None
    if namespace.is_empty:
        return f"/{namespace.image}"
    peer = diagram.interfaces.get(namespace.interfaces[0].peer) if namespace.interfaces[0].peer else None
    if peer is None or peer.end.netns != diagram.hub or namespace.interfaces[0].is_bridge:
        return None
    group = diagram.groups.get(peer.end)
    return "/".join(["", *filter(None, [namespace.image]), distinct(group)]) if group else None


def _stacked(diagram: Diagram, hub: str, key: str, namespaces: list[NamespaceBox], opened: str | None) -> Diagram:
    """Return the diagram with one more stack; `hub` is the hub of the diagram without stacks."""
    words = "" if opened in (None, key) else _("show {count} ▸").format(count=len(namespaces))
    inside = tuple(namespace.without_image() for namespace in namespaces) if key == opened else ()
    inner = _members(namespaces)
    there = End(key, BUNDLE)
    state = State(_most_common([member.state.kind for member in inner]), words)
    stack = InterfaceBox(there, 0, BUNDLE, state, (), members=inner, inside=inside)
    if not hub or namespaces[0].is_empty:
        return _without(diagram, namespaces, stack)
    ports = [
        diagram.interfaces[namespace.interfaces[0].peer] for namespace in namespaces if namespace.interfaces[0].peer
    ]
    outer = tuple(Member(port.end.ifname, port.state, port.change) for port in ports)
    here = End(hub, f"{key}/{BUNDLE}")
    state, bridge = State(_most_common([port.state.kind for port in ports]), ""), diagram.groups[ports[0].end]
    bundle = InterfaceBox(here, ports[0].ifindex, BUNDLE, state, (), there, bridge, members=outer)
    host = diagram.namespaces[hub]
    gone = {port.end for port in ports}
    host = replace(host, interfaces=(*(s for s in host.interfaces if s.end not in gone), bundle))
    diagram = replace(diagram, namespaces={**diagram.namespaces, hub: host})
    return _without(diagram, namespaces, replace(stack, peer=here))


def _without(diagram: Diagram, namespaces: list[NamespaceBox], stack: InterfaceBox) -> Diagram:
    """Return the diagram with a stack in place of its namespaces; in an opened one, these show their own changes."""
    key, change = stack.end.netns, "" if stack.inside else _shared_change(stack.members)
    names = {namespace.name for namespace in namespaces}
    left = {name: namespace for name, namespace in diagram.namespaces.items() if name not in names}
    box = NamespaceBox(key, "stack", (stack,), change=change, container=namespaces[0].container)
    return replace(diagram, namespaces={**left, key: box})


def _members(namespaces: list[NamespaceBox]) -> tuple[Member, ...]:
    found = [_member(namespace) for namespace in namespaces]
    routed = _most_common([bool(namespace.notes) for namespace in namespaces])
    usual = _most_common([member.state for member in found])
    shared = _shared_change(tuple(found))
    named = []
    for member, namespace in zip(found, namespaces, strict=True):
        strange = bool(namespace.notes) != routed
        label = _("no way out") if strange and routed else _("way out") if strange else member.state.label
        differs = strange or member.state != usual or bool(member.change and not shared)
        named.append(replace(member, state=State(member.state.kind, label), differs=True) if differs else member)
    return tuple(named)


def _member(namespace: NamespaceBox) -> Member:
    if namespace.is_empty:
        return Member(namespace.name, State(namespace.lo, "lo"), namespace.change or namespace.lo_change)
    interface = namespace.interfaces[0]
    change = namespace.change or interface.change or namespace.lo_change
    return Member(namespace.name, interface.state, change)


def _shared_change(members: tuple[Member, ...]) -> str:
    found = {member.change for member in members}
    return found.pop() if len(found) == 1 else ""


def _most_common(values: list[T]) -> T:
    return Counter(values).most_common(1)[0][0]
