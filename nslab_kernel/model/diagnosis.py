"""Why a packet does not get through: the value that `why` returns."""

from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.model.network import End, Network
from nslab_kernel.model.results import Listing

ROUTE, INTERFACE, NEIGHBOUR, ARRIVAL, PASSAGE = "route", "interface", "neighbour", "arrival", "passage"
ADDRESS, WAY_BACK, ANSWER = "address", "way back", "answer"
LINKS = (ROUTE, INTERFACE, NEIGHBOUR, ARRIVAL, PASSAGE, ADDRESS, WAY_BACK, ANSWER)
"""The links of the chain, in order: is there a route, does the interface carry, does the next hop answer, does the
cable lead there, is the packet passed on, is its address there, does the reply find back, does somebody answer."""
HOLDS, BROKEN, NOT_REACHED = "holds", "broken", "not reached"


class Place(NamedTuple):
    """Where something is: a namespace, and what in it is meant."""

    netns: str
    """The host is `host`."""
    ifname: str = ""
    """The interface; empty where the whole namespace is meant."""
    rule: str = ""
    """A packet filter's rule: family, table, chain, then its text or its handle; of a chain, no more than that."""

    @property
    def end(self) -> End | None:
        """The interface; `None` where the whole namespace is meant."""
        return End(self.netns, self.ifname) if self.ifname else None


class Fix(NamedTuple):
    """One line that mends something, in two languages."""

    call: str
    """As a cell has it: `link_up("veth-test2", netns="test2")`."""
    command: str
    """As a shell has it: `ip netns exec test2 ip link set dev veth-test2 up`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps a packet from its destination, or its reply from coming back."""

    id: str
    """What is wrong: `link_down`, `no_route`, `filter_drop`, ..."""
    link: str
    """The link of the chain that is broken."""
    place: Place
    expected: str
    """In the words of Linux: `UP`, `net.ipv4.ip_forward = 1`, a route, an address."""
    actual: str
    fix: tuple[Fix, ...] = ()
    """The lines that mend it, in order; empty where it cannot be told what was meant to be."""
    subject: str = ""
    """The address, name or port that it is about."""
    other: End | None = None
    """A second interface that has a part in it: the other end of a cable, who has an address, ..."""
    is_back: bool = False
    """Whether it is the reply that suffers from it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One link of the chain, as it was found."""

    link: str
    place: Place | None
    """`None` where it was not reached."""
    expected: str
    actual: str
    verdict: str
    """`holds`, `broken` or `not reached`."""
    is_back: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """What came of asking why."""

    ok: bool
    """Whether the answer came: then nothing is found."""
    findings: tuple[Finding, ...]
    """What is broken, the first on the way first."""
    dst: str = ""
    netns: str | None = None
    """Where the packet started; `None` is the host."""
    port: int | None = None
    """The TCP port; `None` for a ping."""
    stages: tuple[Stage, ...] = ()
    """The chain, link by link, there and back."""
    network: Network | None = None
    """The lab as it was when it was asked."""
    proof: Listing | None = None
    """The line that shows the first finding, and what Linux said to it; `None` where no line does."""

    @property
    def place(self) -> Place | None:
        """Where it is broken; `None` where it is not, or nobody knows."""
        return self.findings[0].place if self.findings else None

    def __bool__(self) -> bool:
        """Whether the answer came."""
        return self.ok

    def __repr__(self) -> str:
        found = ", ".join(finding.id for finding in self.findings) or ("ok" if self.ok else "not known")
        return f"<Diagnosis of {self.dst}: {found}>"
