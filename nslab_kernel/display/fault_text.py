"""Faults to be found: what fails, hints, whether it is mended."""

from nslab_kernel.display.phrases import call_line, listed, namespace_first
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.faults import (
    FAR_SIDE,
    LARGE,
    NEXT_HOP,
    ON_THE_WAY,
    ROUTE,
    WAY_BACK,
    BrokenLab,
    Fault,
    FaultHint,
    FixCheck,
    Symptom,
)
from nslab_kernel.model.naming import netns_of

_SHOWN = 6


def broken_sentences(broken: BrokenLab) -> tuple[str, ...]:
    """Return which ping fails, how many others, and what to do now."""
    count = len(broken.symptoms)
    return (
        translate_plural("**{count} ping that worked fails now.**", "**{count} pings that worked fail now.**", count)
        .format(count=count),
        _("One of them: {ping}.").format(ping=_ping(broken.shown)),
        translate_plural("There is {count} fault in the lab.", "There are {count} faults in the lab.", broken.faults)
        .format(count=broken.faults),
        _("Find it, mend it, and run check_fix(); fault_hint() says a little more."),
        _("The same again: break_it(seed={seed}, level={level}).").format(seed=broken.seed, level=broken.level),
    )  # fmt: skip


def check_sentences(check: FixCheck) -> tuple[str, ...]:
    """Return whether it is mended; what still fails, what was broken besides."""
    if check:
        what = listed(f"{fault.kind} ({_place(fault)})" for fault in check.faults)
        return (
            _("**Mended.** All {count} pings work again.").format(count=check.working),
            _("It was {what}.").format(what=what),
            _("{score} of 100 points, {seconds} s.").format(score=check.score, seconds=round(check.took_s)),
        )
    still, newly = check.still, check.newly
    sentences = [_("**Not mended yet.**")]
    if still:
        sentences.append(_("Still failing: {pings}.").format(pings=_pings(still)))
    if newly:
        sentences.append(_("Worked a moment ago and fails now: {pings}.").format(pings=_pings(newly)))
    return tuple(sentences)


def hint_sentences(hint: FaultHint) -> tuple[str, ...]:
    """Return a hint: a question, then the namespace, then what in it, then the lines that mend it."""
    spot = hint.fault.spot
    questions = {
        ROUTE: _("Does the sender, or a router, have the right route there? Look at route_get()."),
        NEXT_HOP: _("Is the next hop there, and does it answer? Look at neigh_show() and link_show()."),
        ON_THE_WAY: _("Who has to pass the packet on, and who may drop it? Look at journey()."),
        WAY_BACK: _("Does the other side know the way back?"),
        FAR_SIDE: _("Does the packet arrive, and does the other side answer? Look at addr_show() there."),
    }
    if hint.number == 1:
        return (questions[hint.question],)
    if hint.number == 2:
        return (_("Look in {netns}.").format(netns=namespace_first(spot.netns)),)
    if hint.number == 3:
        return (_("Look at {place}.").format(place=f"**{_place(hint.fault)}**"),)
    return (_("This mends it:"),)


def hint_lines(hint: FaultHint) -> tuple[str, ...]:
    """Return the lines that mend it, which the last hint tells."""
    return hint.fault.mends if hint.number >= 4 else ()


def _pings(symptoms: tuple[Symptom, ...]) -> str:
    shown = [_ping(one) for one in symptoms[:_SHOWN]]
    return ", ".join([*shown, *(["..."] if len(symptoms) > _SHOWN else [])])


def _ping(symptom: Symptom) -> str:
    """Return the line that sends it, as a learner types it: a container has no name for `ip netns exec`."""
    call = symptom.call
    options = (f"size={LARGE}", "dont_fragment=True") if symptom.size == LARGE else ()
    return f"**{call_line('ping', call.dst, netns_of(call.netns), *options)}**"


def _place(fault: Fault) -> str:
    return " ".join(filter(None, fault.spot))
