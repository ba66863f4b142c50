"""Where a packet was seen last, and what the kernel says there."""

import shlex
from dataclasses import replace

from nslab_kernel.linux import command as program
from nslab_kernel.linux import tenants
from nslab_kernel.model.journey import ANSWER, ASK, REPLY, REQUEST, Journey, Loss, Sighting
from nslab_kernel.model.network import HOST, Link, Namespace
from nslab_kernel.probe.story import stop_of


def find_loss(seen: tuple[Sighting, ...], asked: Journey) -> Loss | None:
    """Return where the packet of a silent journey was seen last; None where it was never seen.

    Args:
        seen: All sightings.
        asked: The journey as it began.
    """
    answered = {one.src for one in seen if one.kind == ANSWER}
    candidates = [one for one in seen if one.kind in (REQUEST, REPLY) or (one.kind == ASK and one.dst not in answered)]
    if not candidates:
        return None
    last = candidates[-1]
    loss = Loss(last.at, last.way, last.kind)
    here = asked.network.namespaces[last.at.netns]
    if last.kind == ASK:
        asker = next(one for one in candidates if one.kind == ASK and one.dst == last.dst)
        at = stop_of(asker.at, asked.network)
        return _ask(replace(loss, at=asker.at, way="out"), f"ip neigh show {last.dst} dev {at.ifname}")
    if last.way == "out":
        return replace(loss, words=_beyond(last, asked))
    dev = stop_of(last.at, asked.network).ifname
    if last.kind == REQUEST and _has(here, last.dst):
        return _ask(loss, f"ip route get {last.src} from {last.dst}")
    if here.link(last.at.ifname).master and not _is_for(here, dev, last, seen):
        return replace(loss, words=_ports(here, dev))
    return _ask(loss, f"ip route get {last.dst} from {last.src} iif {dev}")


def _ask(loss: Loss, command: str) -> Loss:
    """Ask the kernel; words that tell of a way are nothing against it."""
    netns = loss.at.netns
    full = command if netns == HOST else f"{shlex.join(tenants.entering(netns))} {command}"
    finished = program.run(shlex.split(full))
    words = finished.text.strip().splitlines()
    against = finished.status or "neigh" in command
    return replace(loss, command=full, words=words[0].removeprefix("RTNETLINK answers: ") if words and against else "")


def _beyond(last: Sighting, asked: Journey) -> str:
    """Tell the state of the cable's other end, where that hinders."""
    link = asked.network.end(last.at)
    if link.peer is None:
        return ""
    peer = asked.network.end(link.peer)
    return "" if peer.up else _state(link.peer.netns, peer)


def _ports(here: Namespace, bridge: str) -> str:
    """Tell which ports of a bridge do not carry."""
    ports = [link for link in here.links if link.master == bridge]
    return ", ".join(_state(here.name, port) for port in ports if not (port.up and port.carrier))


def _state(netns: str, link: Link) -> str:
    flags = ",".join(flag for flag in ("NO-CARRIER", "UP") if flag in link.flags)
    return f"{link.ifname} <{flags}> state {link.operstate}"


def _has(here: Namespace, addr: str) -> bool:
    return any(own.partition("/")[0] == addr for link in here.links for own in link.addresses)


def _is_for(here: Namespace, bridge: str, last: Sighting, seen: tuple[Sighting, ...]) -> bool:
    """Return whether the bridge itself took it in."""
    return any(one.at == (here.name, bridge) and one.kind == last.kind for one in seen)
