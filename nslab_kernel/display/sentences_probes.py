"""What came of a matrix or a journey, in plain words.

Names stand between `**`: text leaves the signs out, HTML makes them bold.
"""

from collections.abc import Iterator

from nslab_kernel.display.phrases import bold, interface, namespace, namespace_first
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.journey_result import (
    ANSWERED,
    ASK,
    BRIDGE_DOWN,
    DESTINATION,
    FOREIGN_MAC,
    FORWARDED,
    NO_CARRIER,
    NO_ECHO,
    NO_ROUTE,
    NOT_FORWARDED,
    REFUSED,
    REJECTED,
    SOURCE,
    Journey,
    Loss,
)
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.naming import key_of
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.alt_text import title


def matrix_sentences(result: MatrixResult) -> tuple[str, ...]:
    """Return how many directions work, who is out of it, and whether something is not known."""
    if not result.directions:
        return (_("Nobody to ask: it takes addresses in two namespaces."),)
    total = len(result.directions)
    if result:
        first = _("**All {total} directions work.**").format(total=total)
    else:
        first = _("**{count} of {total} directions work.**").format(count=result.reached, total=total)
    return (first, *_outcasts(result), *_unknown(result))


def _outcasts(result: MatrixResult) -> Iterator[str]:
    if not result.reached:
        return
    mute = [p for p in result.parties if not any(d.reached for d in result.directions if d.source == p)]
    deaf = [p for p in result.parties if not any(d.reached for d in result.directions if d.target == p)]
    both = list(dict.fromkeys(title(party.netns) for party in mute if party in deaf))
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
    """Return what came of it, what was done to the packet on the way, and what it means."""
    return (_outcome(journey), *_on_the_way(journey), *_meaning(journey))


def journey_head(journey: Journey) -> str:
    """Return what was sent, before the command with which one would send it by hand."""
    where = title(key_of(journey.netns))
    if journey.port is None:
        words = _("nslab: one ping of its own from {netns} to {dst}. By hand:")
    else:
        words = _("nslab: one TCP connection of its own from {netns} to {dst}, port {port}. By hand:")
    return words.format(netns=where, dst=journey.dst, port=journey.port)


def _outcome(journey: Journey) -> str:
    took = "" if journey.took_us is None else f"{journey.took_us:.0f}"
    if journey.outcome == ANSWERED:
        return _("**Answered in {time} µs.**").format(time=took)
    if journey.outcome == REFUSED:
        return _("**Nothing was sent.** The kernel says: {words}.").format(words=journey.said)
    if journey.outcome == REJECTED and journey.port is not None and took:
        return _("**Refused in {time} µs:** nobody listens at port {port}.").format(time=took, port=journey.port)
    if journey.outcome == REJECTED:
        return _("**No reply, but an error:** {words}.").format(words=journey.said)
    if not journey.loss or not journey.sightings:
        return _("**No answer,** and nothing was seen at any interface.")
    return _("**No answer.** Seen last: {place}.").format(place=interface(journey.loss.at))


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
    loss = journey.loss
    if not loss:
        yield from _silence(journey)
        return
    if loss.kind == ASK:
        yield _("It asked on the cable who has {dst}, and nobody answered.").format(dst=loss.addr)
        yield from _about_owner(loss)
    if loss.cause == NO_CARRIER:
        yield _cable(loss.ends, journey.network)
    elif loss.cause == BRIDGE_DOWN:
        yield _("The bridge {bridge} is DOWN.").format(bridge=interface(loss.ends[0]))
    elif loss.cause == NOT_FORWARDED:
        words = _("{netns} passes no packets on: {switch} is 0.")
        yield words.format(netns=namespace_first(loss.at.netns), switch=loss.words.partition(" ")[0])
    elif loss.cause == NO_ECHO:
        words = _("{netns} answers no ping: {switch} is 1.")
        yield words.format(netns=namespace_first(loss.at.netns), switch=loss.words.partition(" ")[0])
    elif loss.cause == FOREIGN_MAC:
        yield _foreign(loss)
    elif loss.cause == NO_ROUTE:
        yield _("Asked for the way on, the kernel says there: {words}.").format(words=loss.words)
    elif not loss.cause:
        yield from _unknown_cause(loss)


def _about_owner(loss: Loss) -> Iterator[str]:
    if loss.owner is None:
        yield _("No interface in the lab has this address.")
    elif loss.at.netns == loss.owner.netns and loss.direction == "in":
        yield _("The question came in at {place}, where the address is.").format(place=interface(loss.at))
        if " route get " in loss.command:
            yield _("Asked about a packet like this question, the kernel says there: {words}.").format(words=loss.words)
    else:
        yield _("The address is on {owner}; the question was not seen there.").format(owner=interface(loss.owner))


def _cable(ends: tuple[End, ...], network: Network) -> str:
    """Tell which cable does not carry, by both ends, and which of them is down."""
    down = [interface(end) for end in ends if not network.end(end).up]
    if len(ends) == 1:
        words = _("{end} is DOWN.") if down else _("{end} has no carrier.")
        return words.format(end=interface(ends[0]))
    if len(down) == len(ends):
        words = _("The cable between {one} and {other} has no carrier: both ends are DOWN.")
    elif down:
        words = _("The cable between {one} and {other} has no carrier: {down} is DOWN.")
    else:
        words = _("The cable between {one} and {other} has no carrier.")
    one, other = map(interface, ends)
    return words.format(one=one, other=other, down="".join(down))


def _foreign(loss: Loss) -> str:
    if loss.owner is None:
        return _("It is addressed to the MAC {mac}, which no interface in the lab has.").format(mac=loss.addr)
    words = _("It is addressed to the MAC {mac}: that is {owner}.")
    return words.format(mac=loss.addr, owner=interface(loss.owner))


def _unknown_cause(loss: Loss) -> Iterator[str]:
    """Tell what was not seen; accuse nobody."""
    if loss.direction == "out":
        yield _("It went out there and was not seen to arrive.")
    else:
        yield _("It came in there and was not seen to go on.")
    if loss.command:
        words = _("{netns} has packet filter rules: one of them may have dropped it, which is not proven.")
        yield words.format(netns=namespace_first(loss.at.netns))


def _silence(journey: Journey) -> Iterator[str]:
    if journey.outcome in (ANSWERED, REJECTED, REFUSED):
        return
    room = journey.network.namespaces.get(key_of(journey.netns)) or journey.network.namespace(journey.netns)
    own = any(addr.partition("/")[0] == journey.dst for link in room.links for addr in link.addresses)
    if own and room.lo and not room.lo.up:
        yield _("{dst} is an address of its own: packets to it go through lo, and lo is DOWN.").format(dst=journey.dst)
    else:
        yield _("It never left {netns}.").format(netns=namespace(room.name))


def loss_command(loss: Loss | None) -> str:
    """Return the command with which the kernel was asked, or nothing."""
    return loss.command if loss and loss.words else ""
