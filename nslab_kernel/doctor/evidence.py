"""Where a packet was lost, by its sightings."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from shlex import quote
from typing import Any

from nslab_kernel.doctor.fixes import Interface
from nslab_kernel.doctor.segments import Segments
from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import neighs
from nslab_kernel.linux.packet_trace import Traced
from nslab_kernel.model.journey_result import ERROR, REJECTED, REPLY, REQUEST, SILENT, Journey, Sighting
from nslab_kernel.model.lookup import interfaces_with_addr
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import End, Link, Network
from nslab_kernel.network.snapshot import with_neighbours
from nslab_kernel.packets.link_paths import path
from nslab_kernel.packets.queries import RouteLookup, json_output, look_up_route
from nslab_kernel.packets.travel import travel


@dataclass(frozen=True, slots=True)
class Stand:
    """The last known place of a packet: in a namespace, or on the cable behind it."""

    netns: str
    src: str
    """The source address there; empty if Linux has not chosen it yet."""
    dst: str
    is_back: bool = False
    """Whether the packet is the reply."""
    came: Sighting | None = None
    """The sighting of its arrival; `None` if the namespace itself made the packet."""
    left: Sighting | None = None
    """The sighting of its departure; `None` if it did not leave."""

    @property
    def target(self) -> str:
        """The destination address without `%` and an interface."""
        return self.dst.partition("%")[0]

    @property
    def kind(self) -> str:
        """The kind of its sightings: request or reply."""
        return REPLY if self.is_back else REQUEST

    @property
    def last(self) -> Sighting | None:
        """The last sighting; `None` if there is none."""
        return self.left or self.came

    @property
    def iif(self) -> str:
        """The incoming interface; empty if the namespace itself made the packet."""
        return self.came.at.ifname if self.came else ""


@dataclass
class Case:
    """One packet that is diagnosed, and what is known about it."""

    journey: Journey
    """The journey of the packet that was sent."""
    size: int = 16
    """Its payload in bytes."""
    traces: dict[tuple[str, str], tuple[Traced, ...]] = field(default_factory=dict)
    """What packet filters did with the packet when it was sent again, by namespace and protocol."""
    lookup: RouteLookup | None = None
    """The last route lookup that was kept here, which `proof` may show; `None` if there was none."""
    _json_outputs: dict[tuple[str, str], Any] = field(default_factory=dict)
    network: Network = field(init=False)
    """The lab right after the packet was sent, with the current states of neighbour entries."""
    segments: Segments = field(init=False)

    def __post_init__(self) -> None:
        asked = self.journey.network.namespaces  # namespaces deleted meanwhile are kept as they were
        self.network = Network({**asked, **with_neighbours().namespaces})
        self.segments = Segments(self.network)

    @property
    def start(self) -> str:
        """The namespace where the packet started."""
        return self.network.namespace(self.journey.netns).name

    @property
    def dst(self) -> str:
        """The destination address without `%` and an interface."""
        return self.journey.dst.partition("%")[0]

    @property
    def family(self) -> int:
        """The IP version: 4 or 6."""
        return 6 if ":" in self.dst else 4

    def link(self, end: End) -> Link:
        """Return an interface."""
        return self.segments.links[end]

    def master(self, end: End) -> Link | None:
        """Return the bridge or bond of which an interface is a port; `None` if it is no port."""
        master = self.segments.master(end)
        return self.link(master) if master else None

    def is_bridged(self, end: End) -> bool:
        """Return whether an interface is a bridge or a port."""
        return self.link(end).kind == "bridge" or bool(self.master(end))

    def led_to(self, start: End, goals: Iterable[End]) -> list[End]:
        """Return those of `goals` to which cables lead from `start`, regardless of VLANs."""
        return [end for end in goals if path(start, [end], self.network)]

    def having(self, addr: str) -> tuple[End, ...]:
        """Return the interfaces that have an address."""
        return interfaces_with_addr(addr, self.network)

    def owns(self, netns: str, addr: str) -> bool:
        """Return whether a namespace has an address."""
        return any(end.netns == netns for end in self.having(addr.partition("%")[0]))

    def is_usual(self, addr: Interface) -> bool:
        """Return whether an address has the IP version of the packet and is not link-local."""
        return addr.version == self.family and not addr.is_link_local

    def details(self, end: End) -> dict[str, Any]:
        """Return the attributes of an interface's kind, as `ip -d link` shows them."""
        links = self.json_output(end.netns, f"ip -j -d link show dev {quote(end.ifname)}")
        details: dict[str, Any] = links[0].get("linkinfo", {}).get("info_data", {}) if links else {}
        return details

    def json_output(self, netns: str, line: str) -> Any:
        """Return the decoded output of a program that writes JSON; each command runs once a case."""
        if (netns, line) not in self._json_outputs:
            self._json_outputs[netns, line] = json_output(netns, line)
        return self._json_outputs[netns, line]

    def look_up_route(self, netns: str, dst: str, src: str = "", iif: str = "", mark: int = 0) -> RouteLookup:
        """Ask Linux for the route, and keep the answer in `lookup`."""
        self.lookup = look_up_route(netns, dst, src, iif, mark)
        return self.lookup

    @property
    def is_refused(self) -> bool:
        """Whether Linux has no route for the packet where it is."""
        return bool(self.lookup and self.lookup.error and self.lookup.netns == self.stand.netns)

    def passed(self, kind: str) -> list[Sighting]:
        """Return the sightings of a kind of packet, in order.

        Without those at bridge ports, and at lower links of an interface that has a sighting of the same packet.
        """
        seen = [one for one in self.journey.sightings if one.kind == kind and one.at in self.segments.links]
        upper = {(self.link(one.at).lower, one.direction, one.src, one.dst) for one in seen}
        return [
            one for one in seen if not self.master(one.at) and (one.at, one.direction, one.src, one.dst) not in upper
        ]

    @cached_property
    def stand(self) -> Stand:
        """Where the packet was rejected by an error or RST, otherwise the last known place of it or its reply."""
        against = [one for one in self.journey.sightings if one.kind == ERROR or one.words == "RST"]
        if self.journey.outcome == REJECTED and against:
            return self._within(against[0].at.netns, REQUEST)
        seen = self.passed(REPLY) or self.passed(REQUEST)
        if not seen:
            return self._within(self.start, REQUEST)
        last = seen[-1]
        here = self._within(last.at.netns, last.kind)
        return here if last.direction == "in" else replace(here, left=last)

    def _within(self, netns: str, kind: str) -> Stand:
        seen = [one for one in self.passed(kind) if one.at.netns == netns]
        came = next((one for one in reversed(seen) if one.direction == "in"), None)
        known = came or next(iter(seen), None)
        if not known:
            return Stand(self.start, "", self.journey.dst)
        return Stand(netns, known.src, known.dst, kind == REPLY, came)


def send(asked: Journey, timeout_s: float, size: int = 16) -> Journey:
    """Send a packet as `travel` does, after ending the neighbour queries that are under way."""
    for name in asked.network.namespaces:
        with suppress(NoNamespace):  # deleted meanwhile
            neighs.forget_open_questions(netns_of(name))
    return travel(asked, timeout_s, size)


def probe(case: Case, start: str, dst: str, timeout_s: float, size: int = 16) -> Case:
    """Send another packet from a namespace of the lab, and return its case."""
    return Case(send(Journey(dst, netns_of(start), None, "", case.network, SILENT), timeout_s, size), size)


def upstream(case: Case, stand: Stand) -> Sighting | None:
    """Return the sighting of the packet leaving the previous namespace; `None` if there is none."""
    before = [one for one in case.passed(stand.kind) if stand.came and one.time_us < stand.came.time_us]
    return next((one for one in reversed(before) if one.direction == "out"), None)


def unrewritten(case: Case, src: str) -> Iterator[Sighting]:
    """Yield the arrivals of the request in namespaces that changed its source to `src`."""
    for before, after in pairwise(case.passed(REQUEST)):
        if before.at.netns == after.at.netns and before.src != src == after.src:
            yield before
