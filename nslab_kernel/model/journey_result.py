"""Where one packet went: the value that `journey` returns."""

from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.model.diagnosis import Finding
from nslab_kernel.model.network import End, Network
from nslab_kernel.model.results import Listing

ASK, ANSWER, REQUEST, REPLY, ERROR = "ask", "answer", "request", "reply", "error"
"""Kinds of packets: ARP request and reply (for IPv6: neighbour solicitation and advertisement), the journey's request,
its reply, and an error that a host or router sends instead of the reply."""
FORWARDED, SOURCE, DESTINATION = "forwarded", "source", "destination"
"""What happens to a packet inside a namespace: forwarded, source address rewritten, destination rewritten (NAT)."""
ANSWERED, REJECTED, REFUSED, SILENT = "answered", "rejected", "refused", "silent"
"""Outcomes: a reply came; an error or a TCP reset came; the sender's own kernel refused to send; nothing came."""


class Packet(NamedTuple):
    """A frame as captured at one interface."""

    time_ns: int
    """The kernel's time stamp in nanoseconds (CLOCK_REALTIME)."""
    netns: str
    ifname: str
    direction: str
    """`in` or `out`."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """A packet of the journey, seen at one interface."""

    time_us: float
    """Microseconds since the first sighting."""
    at: End
    direction: str
    """`in` or `out`."""
    kind: str
    src: str
    """The source address; for ARP the address of the sender."""
    dst: str
    """The destination address; for an ARP request the address that is asked for."""
    ttl: int | None
    words: str
    """A description of the packet in tcpdump's words."""
    mac: str = ""
    """The destination MAC address."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a packet from one interface to the next, or what happened to the packet inside a namespace."""

    kind: str
    time_us: float
    start: End
    end: End
    """The interface where the packet arrived; `start` if it was not seen to arrive, or did not leave the namespace."""
    words: str = ""
    before: str = ""
    """The address before it was rewritten, or the time to live before the packet was forwarded."""
    after: str = ""

    @property
    def is_packet(self) -> bool:
        """Whether the step is a packet between interfaces, not something that happened inside a namespace."""
        return self.kind in (ASK, ANSWER, REQUEST, REPLY, ERROR)


@dataclass(frozen=True)
class Journey:
    """One ping, or the opening of one TCP connection, as seen at every interface on its way."""

    dst: str
    netns: str | None
    """The namespace that sent the packet; `None` is the host."""
    port: int | None
    """The TCP port; `None` for a ping."""
    command: str
    """The shell command that sends such a packet by hand; the journey used a socket of its own instead."""
    network: Network
    """The lab when the journey started."""
    outcome: str
    """`answered`, `rejected`, `refused` or `silent`."""
    said: str = ""
    """The error text if the packet was refused or rejected; else empty."""
    steps: tuple[Step, ...] = ()
    stops: tuple[End, ...] = ()
    """The interfaces on the way, in order, with those of a namespace together; a bridge stands for its ports."""
    sightings: tuple[Sighting, ...] = ()
    last: Sighting | None = None
    """Without an answer, the last sighting of the packet, or of the ARP request for the next hop that it waits for."""
    packets: tuple[Packet, ...] = ()
    """The captured frames."""
    finding: Finding | None = None
    """Without an answer or with a TCP reset, what `why` finds for this packet."""
    proof: Listing | None = None
    """A command whose output shows the finding, and that output; `None` if no command shows it."""

    @property
    def took_us(self) -> float | None:
        """Microseconds from the first packet to the reply or TCP reset; `None` without one."""
        start = next((one.at.netns for one in self.sightings), "")
        times = [one.time_us for one in self.sightings if one.kind == REPLY and one.at.netns == start]
        return times[-1] if times and self.outcome in (ANSWERED, REJECTED) else None

    def __bool__(self) -> bool:
        """Whether the reply came."""
        return self.outcome == ANSWERED

    def __repr__(self) -> str:
        return f"<Journey to {self.dst}: {self.outcome}, {len(self.sightings)} sightings>"
