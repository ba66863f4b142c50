"""A picture in words: the differences first, then room by room."""

from collections.abc import Iterator

from nslab_kernel.language import language, tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.difference import Difference
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network
from nslab_kernel.model.results import PingResult
from nslab_kernel.scene.state import state_of
from nslab_kernel.scene.things import Room, Things, is_link_local
from nslab_kernel.spelling import visible

JOINTS = {"en": {".": " ", ";": "; ", ",": ", ", "1": ", "}, "zh": {".": "", ";": "；", ",": "，", "1": "、"}}
"""What stands between sentences, between parts of one, between words, between numbers."""


def describe(network: Network, changes: Difference | None, things: Things) -> str:
    """Return a network's picture in words, in the learner's language: many that are alike in one sentence."""
    said = list(_differences(changes)) if changes else []
    rooms = [_room(namespace, things) for name, namespace in network.namespaces.items() if name in things.rooms]
    rooms += [describe_stack(room) for room in things.rooms.values() if room.kind == "stack"]
    return tidy(_joint(".").join([*said, *rooms]))


def _differences(changes: Difference) -> Iterator[str]:
    for name in changes.namespaces_came:
        yield _("New: namespace {name}.").format(name=name)
    for name in changes.namespaces_gone:
        yield _("Gone: namespace {name}.").format(name=name)
    moved = {end for pair in changes.links_moved for end in pair}
    for old, new in changes.links_moved:
        if old.netns == new.netns:
            yield _("Renamed: {old} to {new}.").format(old=old.ifname, new=new.ifname)
        else:
            words = _("Moved: {link} from {old} to {new}.")
            yield words.format(link=new.ifname, old=title(old.netns), new=title(new.netns))
    whole = {*changes.namespaces_came, *changes.namespaces_gone}
    for words, ends in (
        (_("New: {link} in {room}."), changes.links_came),
        (_("Gone: {link} from {room}."), changes.links_gone),
        (_("Changed: {link} in {room}."), changes.links_changed),
    ):
        for end in ends:
            if end not in moved and end.netns not in whole:
                yield words.format(link=end.ifname, room=title(end.netns))


def _room(namespace: Namespace, things: Things) -> str:
    shown = {socket.end.ifname for socket in things.rooms[namespace.name].sockets}
    links = [link for link in namespace.links if link.ifname in shown]
    home = namespace.container
    parts = [_("a container of the image {image}").format(image=home.image)] if home else []
    parts += [f"/run/netns/{name}" for name in namespace.also]
    parts += [describe_link(namespace.name, link) for link in links]
    parts += [
        _("{count} ports of {bridge}").format(count=len(socket.members), bridge=socket.master)
        for socket in things.rooms[namespace.name].sockets
        if socket.members
    ]
    parts += [_("lo {state}").format(state=_lo(namespace))]
    parts += [_("way {route}").format(route=f"{r.dst} via {r.gateway}") for r in namespace.routes if r.gateway]
    parts += [_("passes packets on")] if namespace.ip_forward else []
    return _("{room}: {links}.").format(room=title(namespace.name), links=_joint(";").join(parts))


def describe_stack(room: Room) -> str:
    """Return a stack in words: how many alike, and those that differ."""
    members = room.sockets[0].members
    parts = [_("{count} namespaces alike").format(count=len(members))]
    parts += [f"{member.name} {member.word}" for member in members if member.differs]
    return _("{room}: {links}.").format(room=room.title, links=_joint(";").join(parts))


def _lo(namespace: Namespace) -> str:
    return "UP" if namespace.lo and namespace.lo.up else "DOWN"


def describe_link(netns: str, link: Link) -> str:
    """Return an interface in words: name, addresses, state, master, where its cable leads."""
    words = [link.ifname, *([_("(bridge)")] if link.kind == "bridge" else [])]
    given = [addr for addr in link.addresses if not is_link_local(addr)]
    facts = [" ".join(words), *given, state_of(link).word]
    facts += [_("port of {bridge}").format(bridge=link.master)] if link.master else []
    facts += [_to(netns, link.peer)] if link.peer else []
    if link.peer is None and link.link_netnsid is not None:
        facts.append(_("to a namespace without a name"))
    return _joint(",").join(facts)


def _to(netns: str, peer: End) -> str:
    if peer.netns == netns:
        return _("to {link}").format(link=peer.ifname)
    return _("to {link} in {room}").format(link=peer.ifname, room=title(peer.netns))


def _joint(sign: str) -> str:
    return JOINTS[language()][sign]


def title(netns: str) -> str:
    """Return a namespace as a picture, a table or a heading calls it."""
    return _("host") if netns == HOST else visible(netns)


def describe_ping(result: PingResult) -> str:
    """Return a ping's chart in words, in the learner's language."""
    parts = [_("{sent} sent, {received} came back.").format(sent=result.sent, received=result.received)]
    if result.lost:
        numbers = _joint("1").join(map(str, result.lost_seqs))
        parts.append(_("{lost} lost: {numbers}.").format(lost=result.lost, numbers=numbers))
    if result.rtt_ms:
        words = _("Median {median} ms, from {least} to {most} ms.")
        least, most = in_ms(min(result.rtt_ms)), in_ms(max(result.rtt_ms))
        parts.append(words.format(median=in_ms(result.median_ms), least=least, most=most))
    return _joint(".").join([*parts, *([result.reason] if result.reason else [])])


def in_ms(rtt: float | None) -> str:
    """Return a time with three digits that count, and never with an exponent; empty where there is none."""
    if rtt is None:
        return ""
    return f"{rtt:.0f}" if rtt >= 1000 else f"{rtt:.3g}"
