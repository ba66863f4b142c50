"""Sentences about the result of a matrix or a journey."""

from collections.abc import Iterator

from nslab_kernel.display.phrases import bold, interface, namespace_first
from nslab_kernel.display.sentences_diagnosis import finding_sentences
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.journey_result import (
    ANSWERED,
    ASK,
    DESTINATION,
    FORWARDED,
    REFUSED,
    REJECTED,
    SOURCE,
    Journey,
    Sighting,
)
from nslab_kernel.model.lookup import interfaces_with_addr, interfaces_with_mac, link_at
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.naming import key_of
from nslab_kernel.model.network import Network
from nslab_kernel.scene.matrix_scene import label
from nslab_kernel.scene.words import title


def matrix_sentences(result: MatrixResult) -> tuple[str, ...]:
    """Return how many directions work, who can reach nobody, and how many directions are not known."""
    if not result.directions:
        return (_("Nobody to ask: it takes addresses in two namespaces."),)
    total = len(result.directions)
    if result:
        first = _("**All {total} directions work.**").format(total=total)
    else:
        first = _("**{count} of {total} directions work.**").format(count=result.reached, total=total)
    return (first, *_unreachable_sentences(result), *_unknown(result))


def _unreachable_sentences(result: MatrixResult) -> Iterator[str]:
    if not result.reached:
        return
    heard = {party for one in result.directions if one.reached for party in (one.source, one.target)}
    asked = {party for one in result.directions for party in (one.source, one.target)}
    alive = {party.netns for party in heard}
    silent = [party for party in result.parties if party in asked - heard]
    both = list(dict.fromkeys(label(party) if party.netns in alive else title(party.netns) for party in silent))
    if 0 < len(both) <= 4:
        yield translate_plural(
            "{names} reaches nobody, and nobody reaches it.",
            "{names} reach nobody, and nobody reaches them.",
            len(both),
        ).format(names=bold(both))
    if count := len(result.one_way):
        yield translate_plural("{count} pair works one way only.", "{count} pairs work one way only.", count).format(
            count=count
        )


def _unknown(result: MatrixResult) -> Iterator[str]:
    count = sum(one.table_full for one in result.directions)
    if count:
        yield _(
            "Of {count} directions nothing is known: the neighbour table of this machine is full."
            " It has 1024 places for all its users."
        ).format(count=count)


def journey_sentences(journey: Journey) -> tuple[str, ...]:
    """Return the outcome of a journey, what was done to the packet on the way, and why it got no further."""
    return (_outcome(journey), *_on_the_way(journey), *_meaning(journey))


def journey_head(journey: Journey) -> str:
    """Return what was sent, as the heading of the command that sends the like by hand."""
    where = title(key_of(journey.netns))
    if journey.port is None:
        words = _("nslab: one ping of its own from {netns} to {dst}. By hand:")
    else:
        words = _("nslab: one TCP connection of its own from {netns} to {dst}, port {port}. By hand:")
    return words.format(netns=where, dst=journey.dst, port=journey.port)


def _outcome(journey: Journey) -> str:
    took = "" if journey.took_us is None else f"{journey.took_us:.0f}"
    if journey.outcome == ANSWERED and not took:
        return _("**Answered**, but among the many packets just now the reply was not seen.")
    if journey.outcome == ANSWERED:
        return _("**Answered in {time} µs.**").format(time=took)
    if journey.outcome == REFUSED:
        return _("**Nothing was sent.** The kernel says: {words}.").format(words=journey.said)
    if journey.outcome == REJECTED and journey.port is not None and took:
        return _("**Refused in {time} µs.**").format(time=took)
    if journey.outcome == REJECTED:
        return _("**No reply, but an error:** {words}.").format(words=journey.said)
    if not journey.sightings:
        return _("**No answer,** and nothing was seen at any interface.")
    if not journey.last:
        return _("**No answer.**")
    return _("**No answer.** Seen last: {place}.").format(place=interface(journey.last.at))


def _on_the_way(journey: Journey) -> Iterator[str]:
    rewritten = [step for step in journey.steps if step.kind in (SOURCE, DESTINATION)]
    for netns in dict.fromkeys(step.start.netns for step in rewritten):
        kinds = [step.kind for step in rewritten if step.start.netns == netns]
        what = _("source address") if kinds[0] == SOURCE else _("destination address")
        if len(kinds) > 1:
            words = _("{netns} changed the {what} on the way out, and put it back on the way in.")
        else:
            words = _("{netns} changed the {what}.")
        yield words.format(netns=namespace_first(netns), what=what)
    forwarded = dict.fromkeys(step.start.netns for step in journey.steps if step.kind == FORWARDED)
    for netns in forwarded:
        if not any(step.start.netns == netns for step in rewritten):
            yield _("{netns} forwarded it.").format(netns=namespace_first(netns))


def _meaning(journey: Journey) -> Iterator[str]:
    """Yield what the last sighting of the packet means, and why it was not seen again."""
    last = journey.last
    if last and last.kind == ASK:
        question = next(one for one in journey.sightings if (one.kind, one.src, one.dst) == (ASK, last.src, last.dst))
        words = _("{netns} asked on the cable who has {dst}, and nobody answered.")
        yield words.format(netns=namespace_first(question.at.netns), dst=last.dst)
        yield from _about_owner(last, journey)
    elif last:
        yield from _other_mac_sentences(last, journey.network)
    if known := cause(journey):
        yield from known
    elif last and last.direction == "out":
        yield _("It went out there and was not seen to arrive.")
    elif last:
        yield _("It came in there and was not seen to go on.")
    if last and not known and journey.proof:
        words = _("{netns} has packet filter rules: one of them may have dropped it, which is not proven.")
        yield words.format(netns=namespace_first(last.at.netns))


def cause(journey: Journey) -> tuple[str, ...]:
    """Return why there was no answer; empty where only the place is known at which the packet was seen last."""
    finding = journey.finding
    is_known = finding and (finding.id != "lost" or not journey.last)
    return tuple(finding_sentences(finding, journey.network)) if finding and is_known else ()


def _about_owner(question: Sighting, journey: Journey) -> Iterator[str]:
    """Yield which interface has the address that an ARP request asks for, unless the finding says that none has."""
    owner = next(iter(interfaces_with_addr(question.dst, journey.network)), None)
    if not owner and journey.finding and journey.finding.id != "nobody_has":
        yield _("No interface in the lab has this address.")
    elif owner and owner.netns == question.at.netns and question.direction == "in":
        yield _("The question came in at {place}, where the address is.").format(place=interface(question.at))
    elif owner:
        yield _("The address is on {owner}; the question was not seen there.").format(owner=interface(owner))


def _other_mac_sentences(last: Sighting, network: Network) -> Iterator[str]:
    """Yield whose destination MAC an incoming packet has, if not the interface's own: Linux ignores such a packet."""
    here = link_at(last.at, network)
    is_for_all = int(last.mac[:2] or "1", 16) & 1
    if last.direction == "out" or is_for_all or not here or here.kind == "loopback" or here.mac == last.mac:
        return
    owner = next(iter(interfaces_with_mac(last.mac, network)), None)
    if owner is None:
        yield _("It is addressed to the MAC {mac}, which no interface in the lab has.").format(mac=last.mac)
    elif not here.master:
        words = _("It is addressed to the MAC {mac}: that is {owner}.")
        yield words.format(mac=last.mac, owner=interface(owner))
