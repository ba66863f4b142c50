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
        different = self._read(dirty, rooms)
        # Of a cable's end that was set down or moved, Linux tells the other end's namespace a second later, or never.
        beyond = {self._peers[place].netns for place in different & self._peers.keys()} - dirty
        different |= self._read(beyond, rooms)
        dirty |= beyond
        peers = find_peers(self._readings, rooms, self._still_known(different))
        stale = dirty | {place.netns for place, _end in self._peers.items() ^ peers.items()}
        self._peers = peers
        for name in stale:
            if name in self._readings:
                self._namespaces[name] = as_namespace(name, self._readings[name], rooms, peers)
        self._namespaces = {name: self._namespaces[name] for name in rooms if name in self._readings}
        return Network(self._namespaces)

    def _read(self, names: Iterable[str], rooms: Mapping[str, Room]) -> set[Place]:
        """Read namespaces anew; return the links that are different."""
        different = set()
        for name in names:
            old = self._readings.pop(name, None)
            new = read_in(rooms[name]) if name in rooms else None
            if new:
                self._readings[name] = new
            were, are = old.links if old else {}, new.links if new else {}
            for ifindex in were.keys() | are.keys():
                if were.get(ifindex) is not are.get(ifindex) and were.get(ifindex) != are.get(ifindex):
                    different.add(Place(name, ifindex))
        return different

    def _still_known(self, different: set[Place]) -> dict[Place, End]:
        """Return the ends of cables of which both are as they were."""
        known = {}
        for place, end in self._peers.items():
            if place not in different and place.netns in self._readings:
                other = self._readings[place.netns].links[place.ifindex].peer_ifindex
                if Place(end.netns, other or 0) not in different:
                    known[place] = end
        return known
