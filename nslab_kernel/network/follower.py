"""A Network that is kept up to date: only what changed is read anew."""

from collections.abc import Iterable, Mapping

from nslab_kernel.linux.reader import Reading
from nslab_kernel.linux.tenants import Room
from nslab_kernel.model.network import End, Namespace, Network
from nslab_kernel.network.snapshot import Place, as_namespace, find_peers, read_in


class Follower:
    """Holds the last reading of each namespace. Its one thread may move between namespaces."""

    def __init__(self) -> None:
        self._readings: dict[str, Reading] = {}
        self._peers: dict[Place, End] = {}
        self._namespaces: dict[str, Namespace] = {}

    def network(self, changed: Iterable[str], rooms: Mapping[str, Room]) -> Network:
        """Return the network as it is now.

        Args:
            changed: The namespaces to be read anew; those that came and those that went too.
            rooms: All that there are, by name, the host first.
        """
        dirty = set(changed)
        before = {name: self._readings.get(name) for name in dirty}
        self._read(dirty, rooms)
        # Of a cable's end that was set down or moved, Linux tells the other end's namespace a second later, or never.
        ends = [end for place, end in self._peers.items() if self._is_different(place, before)]
        beyond = {end.netns for end in ends} - dirty
        before |= {name: self._readings.get(name) for name in beyond}
        self._read(beyond, rooms)
        dirty |= beyond
        peers = find_peers(self._readings, rooms, self._still_known(before))
        stale = dirty | {place.netns for place, _end in self._peers.items() ^ peers.items()}
        self._peers = peers
        for name in stale:
            if name in self._readings:
                self._namespaces[name] = as_namespace(name, self._readings[name], rooms, peers)
        self._namespaces = {name: self._namespaces[name] for name in rooms if name in self._readings}
        return Network(self._namespaces)

    def _read(self, names: Iterable[str], rooms: Mapping[str, Room]) -> None:
        for name in names:
            found = read_in(rooms[name]) if name in rooms else None
            if found:
                self._readings[name] = found
            else:
                self._readings.pop(name, None)

    def _is_different(self, place: Place, before: Mapping[str, Reading | None]) -> bool:
        old, new = before.get(place.netns), self._readings.get(place.netns)
        return old is not None and (new is None or old.links.get(place.ifindex) != new.links.get(place.ifindex))

    def _still_known(self, before: Mapping[str, Reading | None]) -> dict[Place, End]:
        """Return the ends of cables of which both are as they were."""
        known = {}
        for place, end in self._peers.items():
            found = self._readings.get(place.netns)
            link = found.links.get(place.ifindex) if found else None
            other = Place(end.netns, link.peer_ifindex or 0) if link else place
            if not self._is_different(place, before) and not self._is_different(other, before):
                known[place] = end
        return known
