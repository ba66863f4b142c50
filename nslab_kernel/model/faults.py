"""Faults that `break_it()` puts into the lab, and how repair is checked."""

from dataclasses import dataclass, field
from typing import NamedTuple

from nslab_kernel.model.diagnosis import Place

SMALL, LARGE = 56, 1372
"""Bytes of data in a small and in a large ping: the default of ping(8), and enough not to pass a link with a small MTU.
1372 bytes still go through a VXLAN tunnel over IPv6 (RFC 7348)."""

ROUTE, NEXT_HOP, ON_THE_WAY, WAY_BACK, FAR_SIDE = "route", "next hop", "on the way", "way back", "far side"
"""The five parts of a packet's way that a fault can be in; hints name the one to ask about first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the commands that put it in and take it out."""

    place: Place
    """Where the fault is; for a packet filter rule its chain."""
    breaks: tuple[str, ...]
    """The command lines that put the fault in."""
    mends: tuple[str, ...]
    """The command lines that take the fault out again."""
    kind: str = ""
    """The kind of fault: `link_down`, `route_missing`, ..."""
    is_back: bool = False
    """Whether replies are lost, so that only pings from other namespaces show the fault."""
    others: tuple[Place, ...] = ()
    """Other places where a diagnosis may rightly report the fault, such as the second of two isolated ports."""


class Call(NamedTuple):
    """One ping: from a namespace to an address."""

    netns: str
    """The sending namespace; `host` is the host."""
    dst: str


@dataclass(frozen=True, slots=True)
class Symptom:
    """A ping that worked before the fault and fails now."""

    call: Call
    size: int
    """Bytes of data in the ping."""


@dataclass(frozen=True)
class BrokenLab:
    """What `break_it()` tells about the faults that the learner has to find."""

    seed: int
    """The number with which `break_it()` puts the same faults into the same network again."""
    level: int
    shown: Symptom
    """The failing ping that the learner is told about."""
    symptoms: tuple[Symptom, ...]
    """All pings that fail."""
    faults: int
    """The number of faults."""

    def __repr__(self) -> str:
        return f"<BrokenLab seed={self.seed} level={self.level}: {len(self.symptoms)} pings fail>"


@dataclass(frozen=True)
class FixCheck:
    """The result of `check_fix()`: whether what was broken works again, and whether anything else is broken."""

    still: tuple[Symptom, ...]
    """The pings that the fault broke and that still fail."""
    newly: tuple[Symptom, ...]
    """The pings that worked despite the fault and fail now."""
    working: int
    """How many of the pings that worked before the fault work now."""
    took_s: float
    """Seconds since the fault was put in."""
    checks: int
    """How many times `check_fix()` was called, this time included."""
    hints: int
    """How many hints were given."""
    faults: tuple[Fault, ...] = ()
    """The faults, once they are mended; empty before."""

    @property
    def score(self) -> int:
        """100, less 10 for each failed check and for each hint, at least 10; 0 while the fault is not mended."""
        return max(10, 100 - 10 * (self.checks - 1 + self.hints)) if self else 0

    def __bool__(self) -> bool:
        """Whether every ping works again."""
        return not self.still and not self.newly

    def __repr__(self) -> str:
        return (
            f"<FixCheck {'mended' if self else 'not mended'}: {len(self.still)} still, {len(self.newly)} newly broken>"
        )


@dataclass(frozen=True)
class FaultHint:
    """One hint about a fault; the four name the question, the namespace, what in it, and the lines that mend it."""

    number: int
    """Which of the hints this is, from 1."""
    fault: Fault = field(repr=False)
    question: str
    """`route`, `next hop`, `on the way`, `way back` or `far side`."""
    call: Call
    """A ping that fails because of the fault."""
