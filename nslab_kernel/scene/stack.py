"""Many alike as one: rooms on the same bridge become a stack."""

from collections import Counter
from dataclasses import replace
from typing import TypeVar

from nslab_kernel.language import translate as _
from nslab_kernel.model.naming import natural
from nslab_kernel.model.network import End
from nslab_kernel.scene.rows import spine_of
from nslab_kernel.scene.things import Member, Room, Socket, Things
from nslab_kernel.spelling import distinct

T = TypeVar("T")

MANY_ROOMS = 12
"""A picture with more rooms, the host not counted, is collapsed."""
MANY_ON_BRIDGE = 6
LEAST = 3
"""Fewer are never a stack."""
BUNDLE = "bundle"
"""The kind of a stack's sockets."""


def collapse(things: Things, opened: str | None = None) -> Things:
    """Return the things with stacks where there are many alike.

    Args:
        things: All that there is, one by one.
        opened: The stack that stays one by one; `None` where none can be opened.
    """
    spine = spine_of(things)
    groups: dict[str, list[Room]] = {}
    for room in things.rooms.values():
        if room.name != spine and (key := _likeness(things, spine, room)):
            groups.setdefault(key, []).append(room)
    many = len(things.rooms) - 1 > MANY_ROOMS
    for key, rooms in groups.items():
        if len(rooms) >= (LEAST if many else MANY_ON_BRIDGE + 1) and (many or not rooms[0].is_empty):
            rooms.sort(key=lambda room: natural(room.name))
            if key == opened:
                things = replace(things, opened=tuple(room.name for room in rooms))
                continue
            words = "" if opened is None else _("show {count} ▸").format(count=len(rooms))
            things = _stacked(things, spine, key, rooms, words)
    return things


def _likeness(things: Things, spine: str | None, room: Room) -> str | None:
    """Return what a room shares with its like: kind, image, and the bridge that it hangs on, or that it is empty."""
    if room.kind not in ("namespace", "container") or len(room.sockets) > 1:
        return None
    if room.is_empty:
        return f"/{room.image}"
    peer = things.sockets.get(room.sockets[0].peer) if room.sockets[0].peer else None
    if peer is None or peer.end.netns != spine or room.sockets[0].is_strip:
        return None
    group = things.groups.get(peer.end)
    return "/".join(["", *filter(None, [room.image]), distinct(group)]) if group else None


def _stacked(things: Things, spine: str | None, key: str, rooms: list[Room], words: str) -> Things:
    inner = _members(rooms)
    if spine is None or rooms[0].is_empty:
        stack = Socket(End(key, BUNDLE), 0, BUNDLE, inner[0].look, words, (), members=inner)
        return _without(
            things, rooms, Room(key, "stack", (stack,), mark=_shared_mark(inner), container=rooms[0].container)
        )
    ports = [things.sockets[room.sockets[0].peer] for room in rooms if room.sockets[0].peer]
    outer = tuple(Member(port.end.ifname, port.look, port.word, port.mark) for port in ports)
    here, there = End(spine, f"{key}/{BUNDLE}"), End(key, BUNDLE)
    look, bridge = _most([port.look for port in ports]), things.groups[ports[0].end]
    bundle = Socket(here, ports[0].ifindex, BUNDLE, look, "", (), there, bridge, members=outer)
    stack = Socket(there, 0, BUNDLE, _most([member.look for member in inner]), words, (), here, members=inner)
    host = things.rooms[spine]
    gone = {port.end for port in ports}
    host = replace(host, sockets=(*(s for s in host.sockets if s.end not in gone), bundle))
    things = replace(things, rooms={**things.rooms, spine: host})
    return _without(things, rooms, Room(key, "stack", (stack,), mark=_shared_mark(inner), container=rooms[0].container))


def _without(things: Things, rooms: list[Room], stack: Room) -> Things:
    names = {room.name for room in rooms}
    left = {name: room for name, room in things.rooms.items() if name not in names}
    return replace(things, rooms={**left, stack.name: stack})


def _members(rooms: list[Room]) -> tuple[Member, ...]:
    found = [_member(room) for room in rooms]
    routed = _most([bool(room.notes) for room in rooms])
    usual = _most([(member.look, member.word) for member in found])
    shared = _shared_mark(tuple(found))
    named = []
    for member, room in zip(found, rooms, strict=True):
        strange = bool(room.notes) != routed
        word = _("no way out") if strange and routed else _("way out") if strange else member.word
        differs = strange or (member.look, member.word) != usual or bool(member.mark and not shared)
        named.append(replace(member, word=word, differs=True) if differs else member)
    return tuple(named)


def _member(room: Room) -> Member:
    if room.is_empty:
        return Member(room.name, room.lo, "lo", room.mark or room.lo_mark)
    socket = room.sockets[0]
    return Member(room.name, socket.look, socket.word, room.mark or socket.mark or room.lo_mark)


def _shared_mark(members: tuple[Member, ...]) -> str:
    marks = {member.mark for member in members}
    return marks.pop() if len(marks) == 1 else ""


def _most(values: list[T]) -> T:
    return Counter(values).most_common(1)[0][0]
