"""What happened: the values that the learner's functions return."""

from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple

from nslab_kernel.model.difference import Difference, difference
from nslab_kernel.model.lines import Line
from nslab_kernel.model.network import Network


class Holder(NamedTuple):
    """Who keeps a namespace alive by being in it."""

    name: str
    """Of the container, else of the program."""
    pid: int


@dataclass(frozen=True)
class Change:
    """What a changing function did: the command it stands for, and the network before and after."""

    command: str
    """The exact shell command, or several, one a line."""
    before: Network
    after: Network
    text: str = ""
    """What a program of the system wrote while it did this; Linux itself writes nothing."""
    left_out: tuple[str, ...] = ()
    """What could not be made again or was not taken by Linux, a sentence each."""
    alive: tuple[tuple[str, tuple[Holder, ...]], ...] = ()
    """Namespaces that have no name any more and live on, each with who is in it."""

    @cached_property
    def difference(self) -> Difference:
        """What came, went and changed, thing by thing."""
        return difference(self.before, self.after)

    @property
    def added(self) -> tuple[Line, ...]:
        """The lines that came."""
        return self.difference.added

    @property
    def removed(self) -> tuple[Line, ...]:
        """The lines that went."""
        return self.difference.removed

    def __repr__(self) -> str:
        return f"<Change {self.command!r}: +{len(self.added)} -{len(self.removed)} lines>"


@dataclass(frozen=True)
class Listing:
    """What a showing function saw: the command and the text that the real program wrote."""

    command: str
    """Empty where the text was written by nslab: `lab_script()`."""
    text: str
    """Standard output and error, in the order they came."""
    status: int = 0
    """The program's exit status; 0 is success."""

    def __str__(self) -> str:
        return self.text.rstrip("\n")

    def __repr__(self) -> str:
        return f"<Listing {self.command!r}: {len(self.text.splitlines())} lines>"


@dataclass(frozen=True)
class PingResult:
    """What came of a ping. A ping that gets no reply is a result too."""

    dst: str
    netns: str | None
    """Where it was sent from; `None` is the host."""
    sent: int
    received: int
    rtt_ms: tuple[float, ...]
    """One entry a reply, in milliseconds, in the order of `seqs`."""
    ttl: int | None
    """Of the first reply; `None` without one."""
    command: str
    text: str
    """What the real ping wrote."""
    seqs: tuple[int, ...] = ()
    """The number of each request that was answered (`icmp_seq`, from 1)."""
    interval_s: float = 1.0
    """Seconds from one request to the next."""
    reason: str = ""
    """Why nothing was sent or nothing came back: what stands in `text`, else what nslab found; may be empty."""
    status: int = 0
    """The exit status of ping: 0 some reply, 1 none, 2 another error (ping(8)); 128 and the signal's number where a
    signal ended it."""

    @property
    def is_plain(self) -> bool:
        """Whether its packets lived as long, and were cut in pieces, as any others are."""
        _prefix, _ping, words = self.command.rpartition("ping ")
        return not {"-M", "-t"} & set(words.split())

    @property
    def lost(self) -> int:
        """How many requests got no reply."""
        return self.sent - self.received

    @property
    def lost_seqs(self) -> tuple[int, ...]:
        """The numbers of the requests that got no reply."""
        return tuple(seq for seq in range(1, self.sent + 1) if seq not in set(self.seqs))

    @property
    def median_ms(self) -> float | None:
        """The middle round-trip time in milliseconds; `None` without a reply."""
        return median(self.rtt_ms) if self.rtt_ms else None

    def __bool__(self) -> bool:
        """Whether any reply came."""
        return self.received > 0

    def __repr__(self) -> str:
        return f"<PingResult {self.dst}: {self.received} of {self.sent} came back>"


@dataclass(frozen=True)
class Topology:
    """The network at one moment, to be drawn."""

    network: Network

    def __repr__(self) -> str:
        return f"<Topology of {self.network!r}>"


@dataclass(frozen=True)
class Check:
    """One thing that the lab needs of this machine, as it was found."""

    name: str
    """What was looked at, for example `user namespaces`."""
    state: str
    """`ready`, `note` (something is done without) or `missing` (the lab cannot work)."""
    what: str
    """What was found."""
    why: str = ""
    """What it means; empty where it is ready."""
    fix: str = ""
    """One line that fixes it, or empty."""
    lessons: tuple[int, ...] = ()
    """The lessons that want it, by number; empty where it is `missing` (all do), or where none does yet."""


@dataclass(frozen=True)
class Doctor:
    """What this machine can do for the lab."""

    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing is missing."""
        return all(check.state != "missing" for check in self.checks)

    @property
    def degraded_lessons(self) -> tuple[int, ...]:
        """The lessons that have to do without something, in order."""
        return tuple(sorted({number for check in self.checks if check.state != "ready" for number in check.lessons}))

    def __repr__(self) -> str:
        missing = sum(check.state == "missing" for check in self.checks)
        return f"<Doctor: {len(self.checks)} checks, {missing} missing>"
