"""The chain of a diagnosis: what each link expected and found."""

from collections.abc import Iterator
from itertools import takewhile

from nslab_kernel.doctor.evidence import Case
from nslab_kernel.doctor.neighbours import neighbour
from nslab_kernel.model.diagnosis import (
    ADDRESS,
    ANSWER,
    ARRIVAL,
    BROKEN,
    HOLDS,
    INTERFACE,
    LINKS,
    NEIGHBOUR,
    NOT_REACHED,
    PASSAGE,
    ROUTE,
    WAY_BACK,
    Finding,
    Place,
    Stage,
)
from nslab_kernel.model.journey_result import ASK, REPLY, REQUEST, Sighting
from nslab_kernel.model.network import End
from nslab_kernel.packets.queries import RouteLookup, look_up_route


def chain(case: Case, finding: Finding | None) -> tuple[Stage, ...]:
    """Return the stages of the chain: those that hold, the broken one, and those that were not reached."""
    stages = takewhile(lambda stage: not finding or not _is_behind(stage, finding), _holding(case))
    if not finding:
        return tuple(stages)
    broken = Stage(finding.link, finding.place, finding.expected, finding.actual, BROKEN, finding.is_back)
    rest = LINKS[LINKS.index(finding.link) + 1 :] if not finding.is_back else (ANSWER,)
    rest = tuple(link for link in rest if link != finding.link)
    return (*stages, broken, *(Stage(link, None, "", "", NOT_REACHED) for link in rest))


def _is_behind(stage: Stage, finding: Finding) -> bool:
    """Return whether a stage is the broken one, or comes after it in the same namespace.

    A router receives a packet before it looks up the route, although the chain lists these links the other way.
    """
    same = stage.place and stage.place.netns == finding.place.netns and stage.is_back == finding.is_back
    is_taken_in = stage.link in (ARRIVAL, PASSAGE) and finding.link in (ROUTE, INTERFACE, NEIGHBOUR)
    return bool(same) and not is_taken_in and LINKS.index(stage.link) >= LINKS.index(finding.link)


def _holding(case: Case) -> Iterator[Stage]:
    seen = case.passed(REQUEST)
    been = set()
    for number, one in enumerate(seen):
        if (one.at, one.direction) in been:  # a loop
            return
        been.add((one.at, one.direction))
        if one.direction == "out":
            before = [earlier for earlier in seen[:number] if earlier.at.netns == one.at.netns]
            if number:
                yield _passed(one.at.netns, _rewritten(seen[number - 1], one))
            yield from _sent(case, one, before[-1] if before else None)
        elif one.at.ifname != "lo":
            yield Stage(ARRIVAL, Place(*one.at), one.dst, f"{one.src} > {one.dst}", HOLDS)
    yield from _waits(case)
    if replies := case.passed(REPLY):
        first = replies[0]
        yield Stage(ADDRESS, Place(first.at.netns), first.src, first.words, HOLDS)
        lookup = look_up_route(first.at.netns, first.dst, first.src)
        if not lookup.error:
            yield Stage(WAY_BACK, Place(*first.at), first.dst, lookup.text, HOLDS, True)
    if case.journey:
        yield Stage(ANSWER, Place(case.start), "", replies[-1].words if replies else "", HOLDS)


def _sent(case: Case, one: Sighting, before: Sighting | None) -> Iterator[Stage]:
    """Yield the stages before a packet leaves an interface, which hold, because it left."""
    lookup = _lookup(one.at.netns, one.dst, before)
    yield from _route_and_interface(case, one.at, one.dst, lookup)
    if one.at.ifname != "lo":
        entry = neighbour(case, one.at, lookup.hop)
        actual = f"{entry.dst} lladdr {entry.mac} {entry.state}" if entry else one.mac
        yield Stage(NEIGHBOUR, Place(*one.at), lookup.hop, actual, HOLDS)


def _waits(case: Case) -> Iterator[Stage]:
    """Yield the stages that hold while a request waits for its next hop, for which Linux sent an ARP request."""
    stand = case.stand
    asked = [(one.at, one.dst) for one in case.passed(ASK) if one.direction == "out"]
    if stand.is_back or stand.left or not asked:
        return
    lookup = _lookup(stand.netns, stand.dst, stand.came)
    out = End(stand.netns, lookup.dev)
    if (out, lookup.hop) in asked:
        if stand.came:
            yield _passed(stand.netns, f"{stand.src} > {stand.dst}")
        yield from _route_and_interface(case, out, stand.dst, lookup)


def _passed(netns: str, actual: str) -> Stage:
    return Stage(PASSAGE, Place(netns), "net.ipv4.ip_forward = 1", actual, HOLDS)


def _lookup(netns: str, dst: str, before: Sighting | None) -> RouteLookup:
    return look_up_route(netns, dst, before.src, before.at.ifname) if before else look_up_route(netns, dst)


def _route_and_interface(case: Case, out: End, dst: str, lookup: RouteLookup) -> Iterator[Stage]:
    yield Stage(ROUTE, Place(*out), dst, lookup.text if lookup.is_known else f"dev {out.ifname}", HOLDS)
    if out.ifname != "lo":
        yield Stage(INTERFACE, Place(*out), "UP,LOWER_UP", ",".join(case.link(out).flags), HOLDS)


def _rewritten(before: Sighting, after: Sighting) -> str:
    old, new = f"{before.src} > {before.dst}", f"{after.src} > {after.dst}"
    return new if old == new else f"{old} → {new}"
