"""Where a packet was seen last, and the proven cause of its loss."""

import contextlib
import shlex
from dataclasses import replace

from nslab_kernel.errors import MissingProgram
from nslab_kernel.linux import command as program
from nslab_kernel.linux import container_netns
from nslab_kernel.model.journey_result import (
    ANSWER,
    ASK,
    BRIDGE_DOWN,
    FOREIGN_MAC,
    NO_CARRIER,
    NO_ECHO,
    NO_NEIGHBOUR,
    NO_ROUTE,
    NOT_FORWARDED,
    REPLY,
    REQUEST,
    Journey,
    Loss,
    Sighting,
)
from nslab_kernel.model.network import HOST, End, Network
from nslab_kernel.packets.asking import Way, ask_way, closed_to_others, deaf_to_pings
from nslab_kernel.packets.link_paths import device, interfaces_with_addr, interfaces_with_mac, link_at, obstacle, path

Sightings = tuple[Sighting, ...]


def find_loss(seen: Sightings, asked: Journey) -> Loss | None:
    """Return where the packet of a silent journey was seen last, and why it went no further.

    Args:
        seen: All sightings.
        asked: The journey as it began.

    Returns:
        A Loss, its cause empty where nothing is proven; None where the packet was never seen and nothing says why.
    """
    last = next((one for one in reversed(seen) if one.kind in (REQUEST, REPLY)), None)
    if last is None:
        return _never_left(seen, asked)
    loss = Loss(last.at, last.direction, last.kind)
    if last.direction == "out" or _is_lost_in_bridge(last, seen, asked.network):
        return _lost_on_cable(loss, last, asked.network)
    return _foreign_mac(loss, last, asked.network) or _lost_in_namespace(loss, last, seen, asked)


def _never_left(seen: Sightings, asked: Journey) -> Loss | None:
    """Explain why nothing left the starting namespace."""
    start = asked.network.namespace(asked.netns).name
    way = ask_way(start, asked.dst)
    if not way.dev or way.is_local:
        return None
    loss = _blocked(Loss(End(start, way.dev), "out", REQUEST), start, way, seen, asked.network)
    return loss if loss.cause else None


def _is_lost_in_bridge(last: Sighting, seen: Sightings, network: Network) -> bool:
    """Return whether it came in by a port and the bridge itself did not take it."""
    bridge = device(last.at, network)
    return bridge != last.at and not any(one.at == bridge and one.kind == last.kind for one in seen)


def _lost_on_cable(loss: Loss, last: Sighting, network: Network) -> Loss:
    """Find the obstacle between the last sighting and the interface with the destination MAC."""
    goals = interfaces_with_mac(last.mac, network)
    if not goals and last.direction == "in":
        return replace(loss, cause=FOREIGN_MAC, addr=last.mac)
    link = link_at(last.at, network)
    beside = (link.peer,) if link and link.peer else ()
    return _with_obstacle(loss, path(last.at, goals or beside, network), network)


def _with_obstacle(loss: Loss, hops: tuple[End, ...], network: Network) -> Loss:
    """Add the cable on a path that does not carry, or the bridge that is down."""
    ends = obstacle(hops, network)
    if not ends:
        return loss
    return (
        _without_carrier(loss, ends, network) if len(ends) > 1 else _with_link_shown(loss, BRIDGE_DOWN, ends, ends[0])
    )


def _without_carrier(loss: Loss, ends: tuple[End, ...], network: Network) -> Loss:
    down = (end for end in ends if not network.end(end).up)
    return _with_link_shown(loss, NO_CARRIER, ends, next(down, ends[0]))


def _with_link_shown(loss: Loss, cause: str, ends: tuple[End, ...], shown: End) -> Loss:
    command, _status, words = _run(shown.netns, f"ip link show dev {shlex.quote(shown.ifname)}")
    return replace(loss, cause=cause, ends=ends, command=command, words=words)


def _foreign_mac(loss: Loss, last: Sighting, network: Network) -> Loss | None:
    """Report a destination MAC that is not the interface's: Linux ignores such a frame."""
    link = link_at(device(last.at, network), network)
    if not link or link.kind == "loopback" or last.mac == link.mac or int(last.mac[:2], 16) & 1:
        return None
    return replace(
        loss, cause=FOREIGN_MAC, addr=last.mac, owner=next(iter(interfaces_with_mac(last.mac, network)), None)
    )


def _lost_in_namespace(loss: Loss, last: Sighting, seen: Sightings, asked: Journey) -> Loss:
    """Explain why a namespace neither forwarded nor answered: its sysctls, routes, neighbours."""
    here, dev = last.at.netns, device(last.at, asked.network).ifname
    family = 6 if ":" in last.dst else 4
    is_own = any(end.netns == here for end in interfaces_with_addr(last.dst, asked.network))
    if last.kind == REPLY and is_own:
        return _with_ruleset(loss, here)
    if is_own:
        switch, cause = deaf_to_pings(here, family) if asked.port is None else "", NO_ECHO
        way = ask_way(here, last.src, last.dst)
    else:
        switch, cause = closed_to_others(here, dev, family), NOT_FORWARDED
        way = ask_way(here, last.dst, last.src, dev)
    if switch and not is_own and not _leads_on(here, dev, last.dst):
        return loss  # whoever sent it here is wrong, or nobody is meant to pass it on
    if switch:
        command, _status, words = _run(here, f"sysctl {shlex.quote(switch)}")
        return replace(loss, cause=cause, command=command, words=words)
    loss = _blocked(loss, here, way, seen[seen.index(last) :], asked.network)
    return loss if loss.cause else _with_ruleset(loss, here)


def _leads_on(netns: str, dev: str, dst: str) -> bool:
    """Return whether a namespace has a way to an address by another interface than the one that a packet came in by."""
    way = ask_way(netns, dst)
    return bool(way.dev) and not way.is_local and way.dev != dev


def _blocked(loss: Loss, netns: str, way: Way, seen: Sightings, network: Network) -> Loss:
    """Add what blocks the next hop: no route, no carrier, or no neighbour."""
    if way.error:
        return replace(loss, cause=NO_ROUTE, command=way.command, words=way.error)
    out = End(netns, way.dev) if way.dev and not way.is_local else None
    link = link_at(out, network) if out else None
    if out and link and not link.carrier:
        hops = path(out, interfaces_with_addr(way.hop, network), network) or ((out, link.peer) if link.peer else ())
        found = _with_obstacle(loss, hops, network)
        return found if found.cause else _without_carrier(loss, (out,), network)
    if out and _is_unanswered(out, way.hop):
        return _unanswered(out, way.hop, seen, network)
    return _unanswered_question(loss, seen, network)


def _is_unanswered(out: End, hop: str) -> bool:
    _command, status, words = _run(out.netns, _neigh_show(out, hop))
    return not status and words.endswith((" FAILED", " INCOMPLETE"))


def _unanswered_question(loss: Loss, seen: Sightings, network: Network) -> Loss:
    """Add an unanswered ARP request; after NAT of the destination no route names the next hop."""
    answered = {one.src for one in seen if one.kind == ANSWER}
    for one in seen:
        if (one.kind, one.direction, one.at.netns) == (ASK, "out", loss.at.netns) and one.dst not in answered:
            return _unanswered(device(one.at, network), one.dst, seen, network)
    return loss


def _unanswered(out: End, hop: str, seen: Sightings, network: Network) -> Loss:
    """Follow ARP's question from where it was asked towards the interface that has the address."""
    owners = interfaces_with_addr(hop, network)
    hops = path(out, owners, network)
    questions = [one for one in seen if one.kind == ASK and one.dst == hop]
    last = next((one for one in reversed(questions) if one.at in hops), None)
    at, direction = (last.at, last.direction) if last else (out, "out")
    owner = hops[-1] if hops else next(iter(owners), None)
    loss = _with_obstacle(Loss(at, direction, ASK, addr=hop, owner=owner), hops, network)
    if loss.cause:
        return loss
    if last and owner and last.at.netns == owner.netns:
        way = ask_way(at.netns, hop, last.src, at.ifname)
        if way.error:
            return replace(loss, cause=NO_NEIGHBOUR, command=way.command, words=way.error)
    command, _status, words = _run(out.netns, _neigh_show(out, hop))
    return replace(loss, cause=NO_NEIGHBOUR, command=command, words=words)


def _neigh_show(out: End, hop: str) -> str:
    return f"ip neigh show {hop} dev {shlex.quote(out.ifname)}"


def _with_ruleset(loss: Loss, netns: str) -> Loss:
    """Add the packet filter's rules if nothing else is known; they are possible, not proven."""
    with contextlib.suppress(MissingProgram):
        command, status, words = _run(netns, "nft list ruleset")
        if not status and words:
            return replace(loss, command=command, words=words)
    return loss


def _run(netns: str, line: str) -> tuple[str, int, str]:
    """Run a command in a namespace; return it as one types it, its status, and its first line."""
    command = line if netns == HOST else f"{shlex.join(container_netns.exec_prefix(netns))} {line}"
    finished = program.run(shlex.split(command))
    return command, finished.status, next(iter(finished.text.strip().splitlines()), "").strip()
