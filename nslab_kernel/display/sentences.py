"""Sentences about a change and about the result of a ping."""

import re
from collections.abc import Iterator

from nslab_kernel.display.changed_lines import came_and_gone
from nslab_kernel.display.phrases import bold, call_line, listed, namespace_first, where
from nslab_kernel.display.sentences_entry import entries_changed, is_learnt
from nslab_kernel.display.sentences_link import links_added, links_changed, links_moved, links_removed
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.network import Network, Route
from nslab_kernel.model.results import Change, Holder, PingResult
from nslab_kernel.scene.words import in_ms

_MOST = 4


def change_sentences(change: Change) -> tuple[str, ...]:
    """Return sentences about what changed, the most important first, at most `_MOST`."""
    if not change.difference:
        return (_("Nothing changed."),) if change.left_out else (_("Nothing changed: it was like this before."),)
    sentences = all_sentences(change)
    if len(sentences) > _MOST:
        return (*sentences[: _MOST - 1], _("See the lines below for the rest."))
    return sentences or (_("A detail is different: the lines below show it."),)


def short_sentences(change: Change) -> tuple[str, ...]:
    """Return the most important sentences about what changed, for a place without the changed lines below."""
    return all_sentences(change)[:_MOST] if change.difference else change_sentences(change)


def all_sentences(change: Change) -> tuple[str, ...]:
    """Return all sentences about what changed; none where there is no sentence for the details that changed."""
    of_links = (links_moved, links_removed, links_added, links_changed)
    kinds = (_namespaces, _names, *of_links, _routes, _forwarding, entries_changed, _neighbours)
    return tuple(sentence for kind in kinds for sentence in kind(change))


def ping_sentences(result: PingResult) -> tuple[str, ...]:
    """Return the result of a ping: the count of replies, then losses and median time, or why there is no reply."""
    if not result.sent and result.status > 128:
        return (_("**It was ended before it could say what it had sent.**"),)
    if not result.sent:
        return (_("**Nothing was sent.**"), *_reason(result), *_more(result))
    count = _("**{received} of {sent} came back.**").format(received=result.received, sent=result.sent)
    if not result:
        return (count, *(_reason(result) or (_("No reply came, and no error either."),)), *_more(result))
    median = _("Median {rtt} ms.").format(rtt=in_ms(result.median_ms))
    return (count, *_lost(result), median)


def _more(result: PingResult) -> tuple[str, ...]:
    """Return a sentence that names `why()`; none for a ping with `-M` or `-t`, since `why()` sends plain packets."""
    if not result.is_plain:
        return ()
    line = _("What is broken, and where: {call}").format(call=call_line("why", result.dst, result.netns))
    return (line,)


def _lost(result: PingResult) -> tuple[str, ...]:
    seqs = result.lost_seqs
    if not seqs:
        return ()
    if len(seqs) > 8:
        return (translate_plural("{count} was lost.", "{count} were lost.", len(seqs)).format(count=len(seqs)),)
    lost = translate_plural("Number {numbers} was lost.", "Numbers {numbers} were lost.", len(seqs))
    return (lost.format(numbers=listed(map(str, seqs))),)


def _reason(result: PingResult) -> tuple[str, ...]:
    """Say who gave the reason: a host that ping heard, ping itself, the kernel, or nslab, which looked it up."""
    reason = result.reason.rstrip(".")
    if not reason:
        return ()
    heard = re.search(rf"^From (\S+) .*{re.escape(reason)}", result.text, re.MULTILINE)
    if heard:
        said = _("{who} says: {reason}.").format(who=heard[1], reason=reason)
    elif re.search(rf"^ping: {re.escape(reason)}", result.text, re.MULTILINE):  # a kernel error names a call first
        said = _("{who} says: {reason}.").format(who="ping", reason=reason)
    elif reason in result.text:
        said = _("The kernel says: {reason}.").format(reason=reason)
    else:
        said = _("nslab found: {reason}.").format(reason=reason)
    return tuple(filter(None, (said, _meaning(result))))


def _meaning(result: PingResult) -> str:
    reason, dst = result.reason, result.dst
    if reason == "Network is unreachable":
        return _("No line of the routing table leads to {dst}.").format(dst=dst)
    if reason.startswith("dev lo "):
        return _("{subject} is an address of its own: packets to it go through lo, and lo is DOWN.").format(subject=dst)
    if reason.endswith(" NO-CARRIER"):
        return _("The packets leave through {dev}, and its cable does not work.").format(dev=reason.split()[1])
    if reason.endswith((" FAILED", " INCOMPLETE")):
        return _("It asked on the cable who has {dst}, and nobody answered.").format(dst=reason.split()[0])
    if reason == "Destination Host Unreachable":
        return _("It asked on the cable who has the next address on the way, and nobody answered.")
    return ""


def _holders(holders: tuple[Holder, ...]) -> str:
    words = _("**{program}** (process {pid})")
    found = [words.format(program=holder.name, pid=holder.pid) for holder in holders[:_MOST]]
    rest = len(holders) - _MOST
    return listed([*found, *([_("{count} more").format(count=rest)] if rest > 0 else [])])


def _namespaces(change: Change) -> Iterator[str]:
    came, gone = change.difference.namespaces_added, change.difference.namespaces_removed
    kept = _kept_by_a_name(change)
    for container, name in kept.items():
        words = _("{container} has stopped. Its namespace is still there, for it has the name {name}.")
        yield words.format(container=bold([container]), name=bold([name]))
    came = tuple(name for name in came if name not in kept.values())
    gone = tuple(name for name in gone if name not in kept)
    containers = tuple(name for name in came if change.after.namespaces[name].container)
    came = tuple(name for name in came if name not in containers)
    if containers:
        yield translate_plural(
            "{names} runs now: a container, in a network namespace of its own.",
            "{names} run now: containers, each in a network namespace of its own.",
            len(containers),
        ).format(names=bold(containers))
    if came:
        yield translate_plural(
            "{names} was created: a network namespace, with a lo of its own.",
            "{names} were created: network namespaces, each with a lo of its own.",
            len(came),
        ).format(names=bold(came))
    alive = dict(change.alive)
    for name in gone:
        if holders := alive.get(name):
            yield _("{name} has lost its name. The namespace lives on, for somebody is still in it: {holders}.").format(
                name=f"**{name}**", holders=_holders(holders)
            )
    for name, other in (renamed := _other_names(change, gone)).items():
        words = _("The name {names} is gone; the namespace of {netns} lives on.")
        yield words.format(names=bold([name]), netns=bold([other]))
    gone = tuple(name for name in gone if name not in alive and name not in renamed)
    stopped = tuple(name for name in gone if change.before.namespaces[name].container)
    if stopped:
        yield translate_plural(
            "{names} has stopped, and its network namespace is gone.",
            "{names} have stopped, and their network namespaces are gone.",
            len(stopped),
        ).format(names=bold(stopped))
    gone = tuple(name for name in gone if name not in stopped)
    if gone:
        yield translate_plural(
            "{names} is gone, with all that was in it.", "{names} are gone, with all that was in them.", len(gone)
        ).format(names=bold(gone))


def _kept_by_a_name(change: Change) -> dict[str, str]:
    """Return the stopped containers whose namespace lives on under a name in /run/netns, each with that name."""
    before, after = change.before.namespaces, change.after.namespaces
    ended = {before[name].inode: name for name in change.difference.namespaces_removed if before[name].container}
    known = {after[name].inode: name for name in change.difference.namespaces_added}
    return {container: known[inode] for inode, container in ended.items() if inode in known}


def _other_names(change: Change, gone: tuple[str, ...]) -> dict[str, str]:
    """Return the removed names whose namespace still has another name, each with that other name."""
    known = {namespace.inode: name for name, namespace in change.after.namespaces.items() if namespace.inode}
    inodes = {name: change.before.namespaces[name].inode for name in gone}
    return {name: known[inode] for name, inode in inodes.items() if inode in known}


def _names(change: Change) -> Iterator[str]:
    """Yield sentences about further names that a namespace got or lost, as a container's does in /run/netns."""
    for netns in change.before.namespaces.keys() & change.after.namespaces.keys():
        were, are = change.before.namespaces[netns].also, change.after.namespaces[netns].also
        came, gone = [name for name in are if name not in were], [name for name in were if name not in are]
        if came:
            words = _("{names} is a name of the namespace of {netns} now: ip netns finds it by this name.")
            yield words.format(names=bold(came), netns=bold([netns]))
        if gone:
            words = _("The name {names} is gone; the namespace of {netns} lives on.")
            yield words.format(names=bold(gone), netns=bold([netns]))


def _routes(change: Change) -> Iterator[str]:
    for netns in change.after.namespaces:
        for route in _new_routes(change.before, change.after, netns):
            if route.protocol == "kernel":
                yield _("The kernel itself wrote the route to {dst} {where}.").format(dst=route.dst, where=where(netns))
            elif route.dst == "default":
                yield _("{netns} has a default route now.").format(netns=namespace_first(netns))
            else:
                yield _("{netns} has a route to {dst} now.").format(netns=namespace_first(netns), dst=route.dst)
        lost = [route.dst for route in _new_routes(change.after, change.before, netns)]
        if "default" in lost:
            lost.remove("default")
            yield _("{netns} has lost its default route.").format(netns=namespace_first(netns))
        if lost:
            yield _("{netns} has lost the route to {dsts}.").format(netns=namespace_first(netns), dsts=listed(lost))


def _new_routes(before: Network, after: Network, netns: str) -> Iterator[Route]:
    old = {route.dst for route in before.namespaces[netns].routes} if netns in before.namespaces else set()
    for route in after.namespaces[netns].routes if netns in after.namespaces else ():
        if route.dst not in old and not route.dst.startswith("fe80:"):
            yield route


def _forwarding(change: Change) -> Iterator[str]:
    for netns, after in change.after.namespaces.items():
        before = change.before.namespaces.get(netns)
        if before and after.ip_forward and not before.ip_forward:
            yield _("{netns} forwards packets now: it is a router.").format(netns=namespace_first(netns))
        elif before and before.ip_forward and not after.ip_forward:
            yield _("{netns} forwards no packets any more.").format(netns=namespace_first(netns))


def _neighbours(change: Change) -> Iterator[str]:
    came, gone = ([line for line in lines if is_learnt(line)] for lines in came_and_gone(change))
    quiet = not change.difference.links_removed and not change.difference.links_changed
    if gone and quiet and not came:
        addrs = listed(line.text.split()[0] for line in gone)
        yield _("{netns} has forgotten who has {addrs}.").format(netns=namespace_first(gone[0].netns), addrs=addrs)
