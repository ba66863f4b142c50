"""The values that the learner's functions return."""

from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple

from nslab_kernel.model.difference import Difference, difference
from nslab_kernel.model.lines import Line
from nslab_kernel.model.network import Network


class Holder(NamedTuple):
    """A container, or a process, that keeps a namespace alive because it is in it."""

    name: str
    """The name of the container, else of the process's program."""
    pid: int


@dataclass(frozen=True)
class Change:
    """What a function changed: the command that the function stands for, and the network before and after."""

    command: str
    """The exact shell command, or several, one a line."""
    before: Network
    after: Network
    text: str = ""
    """The output of the container engine's command; empty for all other changes."""
    left_out: tuple[str, ...] = ()
    """What could not be built again, or was refused by Linux, one sentence each."""
    alive: tuple[tuple[str, tuple[Holder, ...]], ...] = ()
    """Namespaces that have lost their last name but still exist, each with the container or processes in it."""

    @cached_property
    def difference(self) -> Difference:
        """What was added, removed and changed, object by object."""
        return difference(self.before, self.after)

    @property
    def added(self) -> tuple[Line, ...]:
        """The lines that were added."""
        return self.difference.added

    @property
    def removed(self) -> tuple[Line, ...]:
        """The lines that were removed."""
        return self.difference.removed

    def __repr__(self) -> str:
        return f"<Change {self.command!r}: +{len(self.added)} -{len(self.removed)} lines>"


@dataclass(frozen=True)
class Listing:
    """What a function shows: the command that it ran, and the output of that command."""

    command: str
    """Empty if nslab itself wrote the text: `lab_script()`."""
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
    """The result of a ping, with or without replies."""

    dst: str
    netns: str | None
    """The namespace that sent the ping; `None` is the host."""
    sent: int
    received: int
    rtt_ms: tuple[float, ...]
    """The round-trip time of each reply in milliseconds, in the order of `seqs`."""
    ttl: int | None
    """The time to live of the first reply; `None` without one."""
    command: str
    text: str
    """The output of the real `ping`."""
    seqs: tuple[int, ...] = ()
    """The sequence number of each request that was answered (`icmp_seq`, from 1)."""
    interval_s: float = 1.0
    """Seconds from one request to the next."""
    reason: str = ""
    """Why nothing was sent or no reply came: the error in `text`, else what nslab found; may be empty."""
    status: int = 0
    """The exit status of ping: 0 some reply, 1 none, 2 another error (ping(8)); 128 and the signal's number where a
    signal ended it."""

    @property
    def is_plain(self) -> bool:
        """Whether the ping used the default time to live and fragmentation: no option `-t` or `-M`."""
        _prefix, _ping, words = self.command.rpartition("ping ")
        return not {"-M", "-t"} & set(words.split())

    @property
    def lost(self) -> int:
        """How many requests got no reply."""
        return self.sent - self.received

    @property
    def lost_seqs(self) -> tuple[int, ...]:
        """The sequence numbers of the requests that got no reply."""
        return tuple(seq for seq in range(1, self.sent + 1) if seq not in set(self.seqs))

    @property
    def median_ms(self) -> float | None:
        """The median round-trip time in milliseconds; `None` without a reply."""
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
    """One requirement of the lab, and whether this machine meets it."""

    name: str
    """What was checked, for example `user namespaces`."""
    state: str
    """`ready`, `note` (the lab works without it) or `missing` (the lab cannot work)."""
    what: str
    """What was found."""
    why: str = ""
    """What it means for the lab; empty if `state` is `ready`."""
    fix: str = ""
    """One line that fixes it, or empty."""
    lessons: tuple[int, ...] = ()
    """The numbers of the lessons that need it; empty if `state` is `missing` (all do), or if none does yet."""


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
        """The numbers of the lessons that lack something here, sorted."""
        return tuple(sorted({number for check in self.checks if check.state != "ready" for number in check.lessons}))

    def __repr__(self) -> str:
        missing = sum(check.state == "missing" for check in self.checks)
        return f"<Doctor: {len(self.checks)} checks, {missing} missing>"
