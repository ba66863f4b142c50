"""Faults put into the lab, and what came of mending them."""

from dataclasses import dataclass, field
from typing import NamedTuple

from nslab_kernel.model.diagnosis import Place

SMALL, LARGE = 56, 1372
"""Bytes that a ping carries: as many as ping(8) sends by itself, and so many that a narrow way does not let them pass.
1372 bytes still go through a VXLAN tunnel over IPv6 (RFC 7348)."""

ROUTE, NEXT_HOP, ON_THE_WAY, WAY_BACK, FAR_SIDE = "route", "next hop", "on the way", "way back", "far side"
"""The five questions that a ping that fails is sorted by."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and how it came and goes."""

    place: Place
    """Of a packet filter's rule: its chain."""
    breaks: tuple[str, ...]
    """The command lines that put it in."""
    mends: tuple[str, ...]
    """The command lines that take it out again."""
    kind: str = ""
    """What is wrong: `link_down`, `route_missing`, ..."""
    is_back: bool = False
    """Whether it is to be seen from elsewhere: the replies are lost by it."""
    others: tuple[Place, ...] = ()
    """Where else it can be said to be: the second of two isolated ports."""


class Call(NamedTuple):
    """One ping: from a namespace to an address."""

    netns: str
    """The host is `host`."""
    dst: str


@dataclass(frozen=True, slots=True)
class Symptom:
    """A ping that worked and does not any more."""

    call: Call
    size: int
    """Bytes that it carries."""


@dataclass(frozen=True)
class BrokenLab:
    """What a learner sees of a fault that he has to find."""

    seed: int
    """Gives the same fault in the same network again."""
    level: int
    shown: Symptom
    """One ping that fails."""
    symptoms: tuple[Symptom, ...]
    """All that fail."""
    faults: int
    """How many faults there are."""

    def __repr__(self) -> str:
        return f"<BrokenLab seed={self.seed} level={self.level}: {len(self.symptoms)} pings fail>"


@dataclass(frozen=True)
class FixCheck:
    """Whether what was broken works again, and nothing else is broken."""

    still: tuple[Symptom, ...]
    """What the fault broke and still fails."""
    newly: tuple[Symptom, ...]
    """What worked with the fault and fails now."""
    working: int
    """How many pings work of those that worked at first."""
    took_s: float
    """Seconds since the fault was put in."""
    checks: int
    """How often it was checked, this time included."""
    hints: int
    """How many hints were asked for."""
    faults: tuple[Fault, ...] = ()
    """What it was; told when it is mended."""

    @property
    def score(self) -> int:
        """Of 100: a check too early costs 10, and so does a hint; 0 while it is not mended."""
        return max(10, 100 - 10 * (self.checks - 1 + self.hints)) if self else 0

    def __bool__(self) -> bool:
        """Whether all works again."""
        return not self.still and not self.newly

    def __repr__(self) -> str:
        return (
            f"<FixCheck {'mended' if self else 'not mended'}: {len(self.still)} still, {len(self.newly)} newly broken>"
        )


@dataclass(frozen=True)
class FaultHint:
    """One hint more about a fault: which question, which namespace, what in it, and last the lines that mend it."""

    number: int
    """From 1."""
    fault: Fault = field(repr=False)
    question: str
    """`route`, `next hop`, `on the way`, `way back` or `far side`."""
    call: Call
    """A ping that fails by it."""
