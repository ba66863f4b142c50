"""Sentences about changed interfaces."""

from collections.abc import Iterable, Iterator

from nslab_kernel.display.phrases import bold, interface, listed, namespace, where
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.lookup import link_at
from nslab_kernel.model.network import End, Link, Network
from nslab_kernel.model.results import Change

_BY_KERNEL = ("fe80:", "127.0.0.1/8", "::1/128")
"""Prefixes of the addresses that Linux itself adds when an interface is switched on."""


def links_moved(change: Change) -> Iterator[str]:
    """Yield sentences about interfaces that were moved or renamed, and about what they lost by that."""
    for old, new in change.difference.links_moved:
        was, link = change.before.end(old), change.after.end(new)
        if old.netns == new.netns:
            yield _("**{old}** {netns} is called **{new}** now.").format(
                old=old.ifname, new=new.ifname, netns=where(new.netns)
            )
            continue
        yield _("**{ifname}** left {old} and is now {new}.").format(
            ifname=new.ifname, old=namespace(old.netns), new=where(new.netns)
        )
        yield from _stripped(was, link)
        if link.peer and link.peer not in {came for _gone, came in change.difference.links_moved}:
            yield _peer_of_moved(link.peer, new.netns)


def _peer_of_moved(peer: End, netns: str) -> str:
    if peer.netns == netns:
        words = _("Its peer **{peer}** is {netns} too.")
    else:
        words = _("Its peer **{peer}** stayed {netns}: the two ends of the cable are now in different namespaces.")
    return words.format(peer=peer.ifname, netns=where(peer.netns))


def _stripped(was: Link, link: Link) -> Iterator[str]:
    lost = [addr for addr in was.addresses if addr not in link.addresses]
    if lost:
        yield _("Moving cost it its address {addrs}.").format(addrs=listed(lost))
    if was.up and not link.up:
        yield _("Moving also switched it off.")


def links_removed(change: Change) -> Iterator[str]:
    """Yield sentences about removed interfaces, also those that went because their peer did."""
    moved = {old for old, new in change.difference.links_moved}
    gone = [e for e in change.difference.links_removed if e not in moved]
    here = [e for e in gone if e.netns not in change.difference.namespaces_removed]
    pulled = [e for e in here if change.before.end(e).peer in gone and change.before.end(e).peer not in here]
    if pulled:
        others = {peer.netns for end in pulled if (peer := change.before.end(end).peer)}
        yield translate_plural(
            "With it went {ends}: a cable has two ends or none.",
            "With them went {ends}: a cable has two ends or none.",
            len(others),
        ).format(ends=listed(map(interface, pulled)))
    rest = [e for e in here if e not in pulled]
    for end, peer in _pairs(change.before, rest):
        if peer:
            words = _("{end} and {peer} were removed: a cable has two ends or none.")
            yield words.format(end=interface(end), peer=interface(peer))
        else:
            yield _("{end} was removed.").format(end=interface(end))


def links_added(change: Change) -> Iterator[str]:
    """Yield sentences about new interfaces."""
    moved = {new for old, new in change.difference.links_moved}
    came = [e for e in change.difference.links_added if e not in moved and change.after.end(e).kind != "loopback"]
    for end, peer in _pairs(change.after, came):
        if peer and peer.netns == end.netns:
            words = _("{names} were created, both {netns}: the two ends of one cable.")
            yield words.format(names=bold([end.ifname, peer.ifname]), netns=where(end.netns))
            continue
        if peer:
            words = _("{end} and {peer} were created: the two ends of one cable.")
        elif change.after.end(end).kind != "bridge":
            words = _("{end} was created.")
        elif _has_ports(change.after, end):
            words = _("{end} was created: a bridge, with ports plugged into it.")
        else:
            words = _("{end} was created: a bridge, and nothing is plugged into it yet.")
        yield words.format(end=interface(end), peer=interface(peer) if peer else "")


def _has_ports(network: Network, bridge: End) -> bool:
    return any(link.master == bridge.ifname for link in network.namespaces[bridge.netns].links)


def _pairs(network: Network, ends: Iterable[End]) -> Iterator[tuple[End, End | None]]:
    """Yield each end, or both ends of a cable, the greater ifindex first: `ip link add` creates the peer first."""
    left = sorted(ends, key=lambda end: -network.end(end).ifindex)
    while left:
        end = left.pop(0)
        peer = network.end(end).peer
        if peer in left:
            left.remove(peer)
            yield end, peer
        else:
            yield end, None


def links_changed(change: Change) -> Iterator[str]:
    """Yield sentences about changes of interfaces that stayed: first which are on or off."""
    ends = change.difference.links_changed
    done: set[End] = set()
    for end in sorted(ends, key=lambda e: change.before.end(e).up == change.after.end(e).up):
        if end not in done:
            done.add(end)
            yield from _states(change, end, done)
    for end in ends:
        yield from _settings(change, end)
        yield from _addresses(change, end)


def _states(change: Change, end: End, done: set[End]) -> Iterator[str]:
    was, link = change.before.end(end), change.after.end(end)
    if link.up and not was.up:
        yield _switched_on(change, end)
        done.update([link.peer] if link.peer else [])
    elif was.up and not link.up:
        yield _("{end} is switched off.").format(end=interface(end))
        if was.carrier and link.peer and change.after.end(link.peer).up:
            done.add(link.peer)
            yield _("{peer} is still switched on, but it has no carrier any more.").format(peer=interface(link.peer))
    elif was.carrier and not link.carrier:
        yield _("{end} has no carrier any more.").format(end=interface(end))
    elif link.carrier and not was.carrier:
        yield _("{end} has carrier now.").format(end=interface(end))


def _switched_on(change: Change, end: End) -> str:
    link = change.after.end(end)
    peer = link.peer
    was = link_at(peer, change.before) if peer else None
    if peer and link.carrier and not (was and was.up):
        words = _("{end} and {peer} are switched on: the cable works now.")
    elif peer and link.carrier:
        words = _("{end} is switched on. Its other end was on already, so the cable works now.")
    elif peer:
        words = _("{end} is switched on. Its other end, {peer}, is not: the cable does not work yet.")
    elif link.kind == "loopback":
        words = _("{end} is switched on: from now on this namespace can talk to itself.")
    else:
        words = _("{end} is switched on.")
    return words.format(end=interface(end), peer=interface(peer) if peer else "")


def _settings(change: Change, end: End) -> Iterator[str]:
    was, link = change.before.end(end), change.after.end(end)
    if link.master and link.master != was.master:
        yield _("{end} is a port of the bridge **{master}** now.").format(end=interface(end), master=link.master)
    elif was.master and not link.master:
        yield _("{end} is no longer a port of **{master}**.").format(end=interface(end), master=was.master)
    if link.mtu != was.mtu:
        words = _("{end} takes packets of up to {mtu} bytes now, not {before}.")
        yield words.format(end=interface(end), mtu=link.mtu, before=was.mtu)
    if link.mac != was.mac:
        yield _("{end} has another MAC address now: {mac}.").format(end=interface(end), mac=link.mac)


def _addresses(change: Change, end: End) -> Iterator[str]:
    was, link = change.before.end(end), change.after.end(end)
    came = [addr for addr in link.addresses if addr not in was.addresses]
    given = [addr for addr in came if not addr.startswith(_BY_KERNEL)]
    gone = [a for a in was.addresses if a not in link.addresses and not a.startswith("fe80:") and was.up == link.up]
    if given:
        yield _("{end} has the address {addrs} now.").format(end=interface(end), addrs=listed(given))
        if lonely := [addr for addr in given if _has_no_neighbours(addr, link)]:
            yield _lonely(lonely[0])
        elif not link.up:
            yield _("It is still DOWN, so no route came with it.")
    if gone:
        yield _("{end} has lost the address {addrs}.").format(end=interface(end), addrs=listed(gone))


def _has_no_neighbours(addr: str, link: Link) -> bool:
    """Return whether an address is a /32 or /128 without a peer on an interface that can have neighbours (with ARP)."""
    details = dict(link.detailed_addresses)[addr]
    is_shared = "BROADCAST" in link.flags and "NOARP" not in link.flags
    return is_shared and addr.endswith("/128" if ":" in addr else "/32") and not (details and details.peer)


def _lonely(addr: str) -> str:
    host, _slash, length = addr.partition("/")
    meant = f"{host}/{64 if ':' in addr else 24}"
    words = _("/{length} is an address without neighbours. Did you mean {meant}?")
    return words.format(length=length, meant=meant)
