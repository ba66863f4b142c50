"""Why a packet does not get through: the value that `why` returns."""

from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.model.network import End, Network
from nslab_kernel.model.results import Listing

ROUTE, INTERFACE, NEIGHBOUR, ARRIVAL, PASSAGE = "route", "interface", "neighbour", "arrival", "passage"
ADDRESS, WAY_BACK, ANSWER = "address", "way back", "answer"
LINKS = (ROUTE, INTERFACE, NEIGHBOUR, ARRIVAL, PASSAGE, ADDRESS, WAY_BACK, ANSWER)
"""The links of the chain that a packet and its reply need, in order: a route, an interface that is up with carrier, a
next hop that answers, a cable that leads there, forwarding, the destination address, a way back, an answer."""
HOLDS, BROKEN, NOT_REACHED = "holds", "broken", "not reached"


class Place(NamedTuple):
    """A place in the lab: a namespace, or an interface or packet filter rule in it."""

    netns: str
    """The namespace; `host` is the host."""
    ifname: str = ""
    """The interface; empty if the place is the whole namespace."""
    rule: str = ""
    """A packet filter rule: family, table, chain, then the rule's text or handle; only the first three for a chain."""

    @property
    def end(self) -> End | None:
        """The interface; `None` if the place is the whole namespace."""
        return End(self.netns, self.ifname) if self.ifname else None


class Fix(NamedTuple):
    """One line that mends something, as Python and as shell command."""

    call: str
    """The line for a notebook cell: `link_up("veth-test2", netns="test2")`."""
    command: str
    """The line for a shell: `ip netns exec test2 ip link set dev veth-test2 up`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that keeps a packet from its destination, or its reply from coming back."""

    id: str
    """The kind of finding: `link_down`, `no_route`, `filter_drop`, ..."""
    link: str
    """The broken link of the chain, one of `LINKS`."""
    place: Place
    expected: str
    """What a working network has there, in the words of Linux: `UP`, `net.ipv4.ip_forward = 1`, a route, an address."""
    actual: str
    fix: tuple[Fix, ...] = ()
    """The lines that mend the network, in order; empty if it is unclear what was intended."""
    subject: str = ""
    """The address, name or port that the finding is about."""
    other: End | None = None
    """A second interface involved: the other end of a cable, the one that has an address, ..."""
    is_back: bool = False
    """Whether the reply is stopped, not the request."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The state of one link of the chain."""

    link: str
    place: Place | None
    """`None` if this link was not reached."""
    expected: str
    actual: str
    verdict: str
    """`holds`, `broken` or `not reached`."""
    is_back: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """The result of `why`."""

    ok: bool
    """Whether the answer came; then there are no findings."""
    findings: tuple[Finding, ...]
    """What is broken, in the order in which the packet meets it."""
    dst: str = ""
    netns: str | None = None
    """The namespace that sent the packet; `None` is the host."""
    port: int | None = None
    """The TCP port; `None` for a ping."""
    stages: tuple[Stage, ...] = ()
    """The links of the chain, for the request and for the reply."""
    network: Network | None = None
    """The lab at the time of the diagnosis."""
    proof: Listing | None = None
    """A command whose output shows the first finding, and that output; `None` if no command shows it."""

    @property
    def place(self) -> Place | None:
        """The place of the first finding; `None` if there is none."""
        return self.findings[0].place if self.findings else None

    def __bool__(self) -> bool:
        """Whether the answer came."""
        return self.ok

    def __repr__(self) -> str:
        found = ", ".join(finding.id for finding in self.findings) or ("ok" if self.ok else "not known")
        return f"<Diagnosis of {self.dst}: {found}>"
