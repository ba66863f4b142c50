"""Where a packet was when it got no further, by what was seen."""

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
    """A packet that is in the hands of a namespace, or on a cable behind it, and is not seen again."""

    netns: str
    src: str
    """Its addresses as they are there; the source is empty where Linux has not chosen it yet."""
    dst: str
    is_back: bool = False
    """Whether it is the reply."""
    came: Sighting | None = None
    """How it came in; `None` where the namespace made it itself."""
    left: Sighting | None = None
    """How it went out; `None` where it did not."""

    @property
    def target(self) -> str:
        """The address that it goes to, without an interface behind it."""
        return self.dst.partition("%")[0]

    @property
    def kind(self) -> str:
        """What a sighting of it is: a request or a reply."""
        return REPLY if self.is_back else REQUEST

    @property
    def last(self) -> Sighting | None:
        """Where it was seen last; `None` where it was not."""
        return self.left or self.came

    @property
    def iif(self) -> str:
        """The interface that it came in by; empty where the namespace made it itself."""
        return self.came.at.ifname if self.came else ""


@dataclass
class Case:
    """What is known while it is asked why."""

    journey: Journey
    """The probe."""
    size: int = 16
    """How many bytes it carried."""
    traces: dict[tuple[str, str], tuple[Traced, ...]] = field(default_factory=dict)
    """What packet filters did with the probe when it was sent again, by namespace and protocol."""
    lookup: RouteLookup | None = None
    """What Linux said last of the way on from where the packet is; `None` where it was not asked."""
    _told: dict[tuple[str, str], Any] = field(default_factory=dict)
    network: Network = field(init=False)
    """The lab right after it, with the states of neighbours."""
    segments: Segments = field(init=False)

    def __post_init__(self) -> None:
        asked = self.journey.network.namespaces  # one that was deleted meanwhile stays as it was
        self.network = Network({**asked, **with_neighbours().namespaces})
        self.segments = Segments(self.network)

    @property
    def start(self) -> str:
        """The namespace where the packet started."""
        return self.network.namespace(self.journey.netns).name

    @property
    def dst(self) -> str:
        """The address, without an interface behind it."""
        return self.journey.dst.partition("%")[0]

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.dst else 4

    def link(self, end: End) -> Link:
        """Return an interface."""
        return self.segments.links[end]

    def master(self, end: End) -> Link | None:
        """Return the interface that another one is a port of; `None` where it is no port."""
        master = self.segments.master(end)
        return self.link(master) if master else None

    def is_bridged(self, end: End) -> bool:
        """Return whether an interface is a bridge, or a port."""
        return self.link(end).kind == "bridge" or bool(self.master(end))

    def led_to(self, start: End, goals: Iterable[End]) -> list[End]:
        """Return to which interfaces cables lead from one, whatever VLANs keep them apart."""
        return [end for end in goals if path(start, [end], self.network)]

    def having(self, addr: str) -> tuple[End, ...]:
        """Return the interfaces that have an address."""
        return interfaces_with_addr(addr, self.network)

    def owns(self, netns: str, addr: str) -> bool:
        """Return whether a namespace has an address."""
        return any(end.netns == netns for end in self.having(addr.partition("%")[0]))

    def is_usual(self, addr: Interface) -> bool:
        """Return whether an address may be that of such a packet, and is not link-local."""
        return addr.version == self.family and not addr.is_link_local

    def details(self, end: End) -> dict[str, Any]:
        """Return what `ip -d link` says of what only an interface of its kind has."""
        links = self.json_output(end.netns, f"ip -j -d link show dev {quote(end.ifname)}")
        details: dict[str, Any] = links[0].get("linkinfo", {}).get("info_data", {}) if links else {}
        return details

    def json_output(self, netns: str, line: str) -> Any:
        """Return what a program says that writes JSON; it is asked once a case."""
        if (netns, line) not in self._told:
            self._told[netns, line] = json_output(netns, line)
        return self._told[netns, line]

    def look_up_route(self, netns: str, dst: str, src: str = "", iif: str = "", mark: int = 0) -> RouteLookup:
        """Ask Linux for the way on from where the packet is, and keep what it says: `lookup`."""
        self.lookup = look_up_route(netns, dst, src, iif, mark)
        return self.lookup

    @property
    def is_refused(self) -> bool:
        """Whether Linux has said that the packet has no way on."""
        return bool(self.lookup and self.lookup.error and self.lookup.netns == self.stand.netns)

    def passed(self, kind: str) -> list[Sighting]:
        """Return where a kind of packet was seen by namespaces that take it in, in order.

        Not by ports of bridges, nor below an interface that has seen it too.
        """
        seen = [one for one in self.journey.sightings if one.kind == kind and one.at in self.segments.links]
        upper = {(self.link(one.at).lower, one.direction, one.src, one.dst) for one in seen}
        return [
            one for one in seen if not self.master(one.at) and (one.at, one.direction, one.src, one.dst) not in upper
        ]

    @cached_property
    def stand(self) -> Stand:
        """Where the packet, or its reply, was when it got no further."""
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
    """Send a probe as `travel` does; neighbours that Linux asks for already, it asks for anew."""
    for name in asked.network.namespaces:
        with suppress(NoNamespace):  # deleted meanwhile
            neighs.forget_open_questions(netns_of(name))
    return travel(asked, timeout_s, size)


def probe(case: Case, start: str, dst: str, timeout_s: float, size: int = 16) -> Case:
    """Return the case of another packet, sent from a namespace of the lab."""
    return Case(send(Journey(dst, netns_of(start), None, "", case.network, SILENT), timeout_s, size), size)


def upstream(case: Case, stand: Stand) -> Sighting | None:
    """Return how the packet left the namespace before; `None` where there is none."""
    before = [one for one in case.passed(stand.kind) if stand.came and one.time_us < stand.came.time_us]
    return next((one for one in reversed(before) if one.direction == "out"), None)


def unrewritten(case: Case, src: str) -> Iterator[Sighting]:
    """Yield the request as each namespace saw it that then gave it this source."""
    for before, after in pairwise(case.passed(REQUEST)):
        if before.at.netns == after.at.netns and before.src != src == after.src:
            yield before
