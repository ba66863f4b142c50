"""Where one packet went: the value that `journey` returns."""

from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.model.diagnosis import Finding
from nslab_kernel.model.network import End, Network
from nslab_kernel.model.results import Listing

ASK, ANSWER, REQUEST, REPLY, ERROR = "ask", "answer", "request", "reply", "error"
"""What a packet is: ARP's question and answer (for IPv6: neighbour solicitation and advertisement), the request, its
reply, and what somebody on the way says instead of the reply."""
FORWARDED, SOURCE, DESTINATION = "forwarded", "source", "destination"
"""What happens to it inside a namespace: passed on, its source or destination rewritten (NAT)."""
ANSWERED, REJECTED, REFUSED, SILENT = "answered", "rejected", "refused", "silent"
"""What came of it: the reply; a word against it from outside; the own Linux sent nothing; nothing."""


class Packet(NamedTuple):
    """A frame as it passed an interface."""

    time_ns: int
    """By the kernel's clock (CLOCK_REALTIME)."""
    netns: str
    ifname: str
    direction: str
    """`in` or `out`."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Sighting:
    """A packet of this journey, seen at one interface."""

    time_us: float
    """Microseconds since the first sighting."""
    at: End
    direction: str
    """`in` or `out`."""
    kind: str
    src: str
    """The address that it comes from; of ARP, who asks or answers."""
    dst: str
    """The address that it goes to; of ARP's question, who is asked for."""
    ttl: int | None
    words: str
    """What it is, in tcpdump's words."""
    mac: str = ""
    """The MAC that it is sent to."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a packet from one interface to the next, or what happened to it inside a namespace."""

    kind: str
    time_us: float
    start: End
    end: End
    """Where it arrived; the same as `start` where it was not seen to arrive, or stayed."""
    words: str = ""
    before: str = ""
    """The address before it was rewritten, or the time to live before it was forwarded."""
    after: str = ""

    @property
    def is_packet(self) -> bool:
        """Whether it is a packet on its way, not something that happened to one."""
        return self.kind in (ASK, ANSWER, REQUEST, REPLY, ERROR)


@dataclass(frozen=True)
class Journey:
    """One ping, or one TCP connection, as it was seen at every interface on its way."""

    dst: str
    netns: str | None
    """Where it started; `None` is the host."""
    port: int | None
    """The TCP port; `None` for a ping."""
    command: str
    """What to type to send such a packet by hand; the journey's own went by a socket of its own."""
    network: Network
    """The lab when it started."""
    outcome: str
    """`answered`, `rejected`, `refused` or `silent`."""
    said: str = ""
    """The words of whoever refused or rejected it."""
    steps: tuple[Step, ...] = ()
    stops: tuple[End, ...] = ()
    """The interfaces on the way, in its order, a bridge for its ports; those of one namespace side by side."""
    sightings: tuple[Sighting, ...] = ()
    last: Sighting | None = None
    """Without an answer: where the packet was seen last, or the question for the address that it waits for."""
    packets: tuple[Packet, ...] = ()
    """The frames themselves, as captured."""
    finding: Finding | None = None
    """Without an answer: what `why` finds for this packet."""
    proof: Listing | None = None
    """The line with which Linux itself shows that, where there is one."""

    @property
    def took_us(self) -> float | None:
        """Microseconds from the first packet to the reply; `None` without one."""
        start = next((one.at.netns for one in self.sightings), "")
        times = [one.time_us for one in self.sightings if one.kind == REPLY and one.at.netns == start]
        return times[-1] if times and self.outcome in (ANSWERED, REJECTED) else None

    def __bool__(self) -> bool:
        """Whether the reply came."""
        return self.outcome == ANSWERED

    def __repr__(self) -> str:
        return f"<Journey to {self.dst}: {self.outcome}, {len(self.sightings)} sightings>"
