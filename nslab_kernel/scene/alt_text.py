"""The text alternative of a network's picture: changes, then all."""

from collections.abc import Iterator

from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.difference import Difference
from nslab_kernel.model.network import End, Link, Namespace, Network
from nslab_kernel.scene.diagram import Diagram, NamespaceBox, is_link_local
from nslab_kernel.scene.state_style import state_of
from nslab_kernel.scene.words import joint, title


def describe(network: Network, changes: Difference | None, diagram: Diagram, broken: Place | None = None) -> str:
    """Return the text alternative of a network's picture, in the learner's language; a stack is one sentence."""
    said = [_broken(broken)] if broken else []
    said += _differences(changes) if changes else []
    parts = [
        _namespace(namespace, diagram) for name, namespace in network.namespaces.items() if name in diagram.namespaces
    ]
    parts += [describe_stack(stack) for stack in diagram.namespaces.values() if stack.kind == "stack"]
    return tidy(joint(".").join([*said, *parts]))


def _broken(place: Place) -> str:
    if place.ifname:
        return _("Broken here: {link} in {namespace}.").format(link=place.ifname, namespace=title(place.netns))
    return _("Broken here: {namespace}.").format(namespace=title(place.netns))


def _differences(changes: Difference) -> Iterator[str]:
    for name in changes.namespaces_added:
        yield _("New: namespace {name}.").format(name=name)
    for name in changes.namespaces_removed:
        yield _("Gone: namespace {name}.").format(name=name)
    moved = {end for pair in changes.links_moved for end in pair}
    for old, new in changes.links_moved:
        if old.netns == new.netns:
            yield _("Renamed: {old} to {new}.").format(old=old.ifname, new=new.ifname)
        else:
            words = _("Moved: {link} from {old} to {new}.")
            yield words.format(link=new.ifname, old=title(old.netns), new=title(new.netns))
    whole = {*changes.namespaces_added, *changes.namespaces_removed}
    for words, ends in (
        (_("New: {link} in {namespace}."), changes.links_added),
        (_("Gone: {link} from {namespace}."), changes.links_removed),
        (_("Changed: {link} in {namespace}."), changes.links_changed),
    ):
        for end in ends:
            if end not in moved and end.netns not in whole:
                yield words.format(link=end.ifname, namespace=title(end.netns))


def _namespace(namespace: Namespace, diagram: Diagram) -> str:
    shown = {interface.end.ifname for interface in diagram.namespaces[namespace.name].interfaces}
    links = [link for link in namespace.links if link.ifname in shown]
    home = namespace.container
    parts = [_("a container of the image {image}").format(image=home.image)] if home else []
    parts += [f"/run/netns/{name}" for name in namespace.also]
    parts += [describe_link(namespace.name, link) for link in links]
    parts += [
        _("{count} ports of {bridge}").format(count=len(interface.members), bridge=interface.master)
        for interface in diagram.namespaces[namespace.name].interfaces
        if interface.members
    ]
    parts += [_("lo {state}").format(state="UP" if namespace.lo and namespace.lo.up else "DOWN")]
    parts += [_("way {route}").format(route=f"{r.dst} via {r.gateway}") for r in namespace.routes if r.gateway]
    parts += [_("forwards packets")] if namespace.ip_forward else []
    return _("{namespace}: {links}.").format(namespace=title(namespace.name), links=joint(";").join(parts))


def describe_stack(stack: NamespaceBox) -> str:
    """Return a stack in words: how many members it has, and which differ."""
    members = stack.interfaces[0].members
    parts = [_("{count} namespaces alike").format(count=len(members))]
    parts += [f"{member.name} {member.state.label}" for member in members if member.differs]
    return _("{namespace}: {links}.").format(namespace=stack.title, links=joint(";").join(parts))


def describe_link(netns: str, link: Link) -> str:
    """Return an interface in words: name, addresses, state, master, peer."""
    words = [link.ifname, *([_("(bridge)")] if link.kind == "bridge" else [])]
    given = [addr for addr in link.addresses if not is_link_local(addr)]
    facts = [" ".join(words), *given, state_of(link).label]
    facts += [_("port of {bridge}").format(bridge=link.master)] if link.master else []
    facts += [_to(netns, link.peer)] if link.peer else []
    if link.peer is None and link.link_netnsid is not None:
        facts.append(_("to a namespace without a name"))
    return joint(",").join(facts)


def _to(netns: str, peer: End) -> str:
    if peer.netns == netns:
        return _("to {link}").format(link=peer.ifname)
    return tidy(_("to {link} in {namespace}").format(link=peer.ifname, namespace=title(peer.netns)))
