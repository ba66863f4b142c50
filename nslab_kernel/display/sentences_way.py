"""What came of a matrix or a journey, in plain words.

Names stand between `**`: text leaves the signs out, HTML makes them bold.
"""

from collections.abc import Iterator

from nslab_kernel.display.phrases import bold, interface, namespace, namespace_first
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.journey import (
    ANSWERED,
    ASK,
    DESTINATION,
    FORWARDED,
    REFUSED,
    REJECTED,
    REPLY,
    REQUEST,
    SOURCE,
    Journey,
    Loss,
)
from nslab_kernel.model.matrix import MatrixResult
from nslab_kernel.model.naming import key_of
from nslab_kernel.model.network import End, Namespace
from nslab_kernel.scene.words import title


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


def _outcome(journey: Journey) -> str:
    took = "" if journey.took_us is None else f"{journey.took_us:.0f}"
    if journey.outcome == ANSWERED:
        return _("**Answered in {time} µs.**").format(time=took)
    if journey.outcome == REFUSED:
        return _("**Nothing was sent.** The kernel says: {words}.").format(words=journey.said)
    if journey.outcome == REJECTED and journey.port is not None and took:
        return _("**Refused in {time} µs:** nobody listens at port {port}.").format(time=took, port=journey.port)
    if journey.outcome == REJECTED:
        return _("**No reply, but a word against it:** {words}.").format(words=journey.said)
    if not journey.loss:
        return _("**No answer,** and nothing was seen at any interface.")
    return _("**No answer.** Seen last: {place}.").format(place=_place(journey.loss.at))


def _place(at: End) -> str:
    return interface(at)


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
    here = journey.network.namespaces[loss.at.netns]
    if loss.kind == ASK:
        asked = [step.words for step in journey.steps if step.kind == ASK][-1].split()[-1]
        yield _("It asked the cable who has {dst}, and nobody answered.").format(dst=asked)
    elif loss.words and " iif " in loss.command and not here.ip_forward and _is_ipv4(journey):
        yield _("{netns} passes no packets on: net.ipv4.ip_forward is 0.").format(netns=namespace_first(loss.at.netns))
    elif loss.words and loss.command:
        yield _("Asked for the way on, the kernel says there: {words}.").format(words=loss.words)
    elif loss.words:
        yield _("Beyond it: {words}.").format(words=loss.words)
    elif bridge := _bridge_that_is_down(loss, here):
        yield _("Its bridge {bridge} is DOWN.").format(bridge=bridge)
    elif loss.way == "in" and loss.kind in (REQUEST, REPLY):
        yield _("It came in there and did not go on; a packet filter may have thrown it away.")


def _bridge_that_is_down(loss: Loss, here: Namespace) -> str:
    """Return the name of the bridge whose port took the packet, if the bridge is down; else nothing."""
    masters = [link.master for link in here.links if link.ifname == loss.at.ifname]
    return next((link.ifname for link in here.links if link.ifname in masters and not link.up), "")


def _silence(journey: Journey) -> Iterator[str]:
    if journey.outcome in (ANSWERED, REJECTED, REFUSED):
        return
    start = key_of(journey.netns)
    room = journey.network.namespaces[start]
    own = any(addr.partition("/")[0] == journey.dst for link in room.links for addr in link.addresses)
    if own and room.lo and not room.lo.up:
        yield _("{dst} is an address of its own: packets to it go through lo, and lo is DOWN.").format(dst=journey.dst)
    else:
        yield _("It never left {netns}.").format(netns=namespace(start))


def _is_ipv4(journey: Journey) -> bool:
    return ":" not in journey.dst


def loss_command(loss: Loss | None) -> str:
    """Return the command with which the kernel was asked, or nothing."""
    return loss.command if loss and loss.words else ""
