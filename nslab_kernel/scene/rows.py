"""Which rooms share a row, and which one the others hang on."""

from collections.abc import Iterator

from nslab_kernel.model.naming import natural
from nslab_kernel.model.network import HOST, End
from nslab_kernel.scene.things import Socket, Things

LESSON = 4
"""Up to so many rooms the host stays a full band, and gaps are wide enough for a cable from the start."""
ROW_ROOMS = {True: 3, False: 6}
"""How many rooms fit into a row of 744 pixels: wide ones in a lesson, compact ones else."""


def is_lesson(things: Things) -> bool:
    """Whether the picture is small enough to have wide gaps and a host that stays."""
    return len(things.rooms) <= LESSON


def spine_of(things: Things) -> str | None:
    """Return the room that the others hang on; `None` where none has two cables."""
    rooms = things.rooms
    if HOST in rooms and (is_lesson(things) or not rooms[HOST].is_empty):
        return HOST
    counts = dict.fromkeys(rooms, 0)
    for one, other in things.cables:
        if one.end.netns != other.end.netns:
            counts[one.end.netns] += 1
            counts[other.end.netns] += 1
    best = max(counts, key=lambda name: counts[name], default=None)
    return best if best and counts[best] > 1 else None


def leaves_of(things: Things, spine: str | None) -> list[str]:
    """Return the rooms that stand in rows: all but the spine and a host that is folded to a plate."""
    folded = {HOST} if HOST in things.rooms and things.rooms[HOST].is_empty else set()
    return [name for name in things.rooms if name != spine and name not in folded]


def rows_of(things: Things, spine: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the row above and the row below: the first bridge's rooms below, the second's above, others as fits."""
    above: list[str] = []
    below: list[str] = []
    wide = ROW_ROOMS[is_lesson(things)]
    bridges = 0
    for rooms, on_bridge in _clusters(things, spine):
        bridges += on_bridge
        second = on_bridge and bridges == 2
        fits = len(below) + len(rooms) <= wide or len(below) <= len(above)
        (above if second or not fits else below).extend(rooms)
    return tuple(above), tuple(below)


def _clusters(things: Things, spine: str | None) -> Iterator[tuple[list[str], bool]]:
    """Yield rooms that must share a row, and whether they hang on a bridge of the spine; first come, first."""
    bonds: dict[str, list[str]] = {name: [] for name in leaves_of(things, spine)}
    for one, other in _bonds(things, spine):
        bonds.setdefault(one, []).append(other)
        bonds.setdefault(other, []).append(one)
    waiting = sorted(leaves_of(things, spine), key=lambda name: _rank(things, spine, name))
    while waiting:
        names = [name for name in waiting if name in _reached(waiting[0], bonds)]
        waiting = [name for name in waiting if name not in names]
        yield _chained(names, bonds), any(_bridge_at_spine(things, spine, name) for name in names)


def _reached(start: str, bonds: dict[str, list[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = [name for name in bonds[waiting.pop()] if name not in found]
        found.update(new)
        waiting += new
    return found


def _chained(names: list[str], bonds: dict[str, list[str]]) -> list[str]:
    """Return the names so that what is joined directly stands together: from the end of a chain along it."""
    mates = {name: [other for other in bonds[name] if other in names] for name in names}
    left, chain = list(names), list[str]()
    while left:
        ends = [name for name in left if chain and name in mates[chain[-1]]]
        name = ends[0] if ends else min(left, key=lambda each: sum(mate in left for mate in mates[each]))
        chain.append(name)
        left.remove(name)
    return chain


def _bonds(things: Things, spine: str | None) -> Iterator[tuple[str, str]]:
    """Yield what must share a row: rooms joined directly, rooms and their bridge, bridges joined in the spine."""
    for one, other in things.cables:
        keys = [_key(things, spine, end) for end in (one, other)]
        if keys[0] and keys[1] and keys[0] != keys[1]:
            yield keys[0], keys[1]


def _key(things: Things, spine: str | None, socket: Socket) -> str | None:
    if socket.end.netns != spine:
        return socket.end.netns
    group = things.groups.get(socket.end)
    return f"/{group}" if group else None


def _bridge_at_spine(things: Things, spine: str | None, name: str) -> Socket | None:
    for socket in things.rooms[name].sockets:
        peer = things.sockets.get(socket.peer) if socket.peer else None
        if peer and peer.end.netns == spine and (group := things.groups.get(peer.end)):
            return things.sockets[End(peer.end.netns, group)]
    return None


def _rank(things: Things, spine: str | None, name: str) -> tuple[int, int, tuple[tuple[int, str], ...]]:
    """Return a room's place among all: by the number of its bridge or interface on the spine, then by name."""
    bridge = _bridge_at_spine(things, spine, name)
    peers = [things.sockets[s.peer] for s in things.rooms[name].sockets if s.peer in things.sockets]
    numbers = [peer.ifindex for peer in peers if peer.end.netns == spine]
    number = bridge.ifindex if bridge else min(numbers, default=None)
    return (0, number, natural(name)) if number is not None and not is_lesson(things) else (1, 0, natural(name))
