"""break_it() puts a fault into the lab; check_fix() tests the fix."""

import random
import time
from contextlib import suppress
from dataclasses import dataclass, field

from nslab_kernel.errors import BadValue, LabError, NoNamespace, NotPermitted
from nslab_kernel.faults import pings
from nslab_kernel.faults.kinds import HARD, KINDS, candidates
from nslab_kernel.faults.pings import Answers
from nslab_kernel.faults.places import seats
from nslab_kernel.interrupts import check_interrupt
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux import neighs
from nslab_kernel.linux.lab import SANDBOX, require_lab
from nslab_kernel.model.faults import LARGE, SMALL, BrokenLab, Call, Fault, FaultHint, FixCheck, Symptom
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Network
from nslab_kernel.network import history, operation, ruleset
from nslab_kernel.network.build import run_ignoring_refusals
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.network.step_lock import step_lock
from nslab_kernel.spelling import as_python

_LEVELS = 3
"""1: an easy fault; 2: any; 3: two at once."""
_PLACES_PER_KIND = 4
"""The maximum number of places that are tried for one kind of fault."""
_MAX_SINGLE_PINGS = 6
HINTS = 4


@dataclass(slots=True)
class _Exercise:
    """The fault that is in the lab at present, and what the learner did about it."""

    shown: BrokenLab
    faults: tuple[Fault, ...]
    healthy: Answers
    broken: Answers
    began_s: float = field(default_factory=time.monotonic)
    checks: int = 0
    hints: int = 0


_present: _Exercise | None = None


def break_it(seed: int | None = None, level: int = 1) -> BrokenLab:
    """Break something in the lab, for you to find and fix.

    `ip`, `nft`, `sysctl` or another program changes something real in one place; pings before and after prove that it
    breaks something. You are told only a ping that fails. `undo()` does not take the fault back. An earlier fault that
    was not fixed stays, but `check_fix()` no longer tests it.

    Args:
        seed: A number: the same one breaks the same thing in the same network; `None` draws one at random.
        level: 1 is a common mistake, 2 is any fault, 3 is two at once.

    Returns:
        a BrokenLab: which ping fails, and how many others.

    Raises:
        BadValue: An argument breaks its rule.
        NotPermitted: This is the real machine: only a sandbox is broken.
        LabError: Too little works in this network to break it; the error says what to build first.

    Example:
        >>> break_it()

    See ping(8), ip(8), nft(8), sysctl(8).
    """
    global _present
    _check_arguments(seed, level)
    _require_sandbox()
    seed = random.randrange(1 << 16) if seed is None else seed
    with step_lock(), history.concealed():
        history.observe_others()
        chance = random.Random(seed)
        healthy = pings.ask(pings.all_calls(settle(), chance))
        if not any(call for call, size in healthy.items() if size):
            raise _too_little()
        faults, broken = _put_in(healthy, level, chance)
        history.set_seen(snapshot())
        symptoms = _newly_failing(healthy, broken)
        shown = BrokenLab(seed, level, _to_show(symptoms, faults[0], chance), symptoms, len(faults))
        _present = _Exercise(shown, faults, healthy, broken)
    return shown


def check_fix() -> FixCheck:
    """Test whether what `break_it()` broke works again, and whether anything else broke meanwhile.

    Returns:
        a FixCheck: true if all pings that worked before work again; then it also says what the fault was.

    Raises:
        LabError: Nothing was broken by `break_it()`, or it is mended already.

    Example:
        >>> break_it()
        >>> check_fix()
    """
    global _present
    exercise = _exercise()
    with step_lock():
        for name in settle().namespaces:
            with suppress(NoNamespace):  # deleted meanwhile
                # A neighbour query begun for an earlier packet would still fail, although the fault is fixed.
                neighs.forget_open_questions(netns_of(name))
        alone = pings.ask([exercise.shown.shown.call])
        now = {**pings.ask_again(exercise.healthy), **alone}
        exercise.checks += 1
        was_broken = set(_newly_failing(exercise.healthy, exercise.broken))
        wrong = _newly_failing(exercise.healthy, now)
        still = tuple(one for one in wrong if one in was_broken)
        newly = tuple(one for one in wrong if one not in was_broken)
        working = sum(size > 0 for size in now.values())
        took_s = time.monotonic() - exercise.began_s
        told = () if wrong else exercise.faults
        if not wrong:
            _present = None
    return FixCheck(still, newly, working, took_s, exercise.checks, exercise.hints, told)


def fault_hint() -> FaultHint:
    """Return a hint about the fault of `break_it()`; each call says more: question, namespace, object, commands.

    Returns:
        a FaultHint; after the fourth hint it stays the same.

    Raises:
        LabError: Nothing was broken by `break_it()`, or it is mended already.

    Example:
        >>> break_it()
        >>> fault_hint()
    """
    exercise = _exercise()
    exercise.hints = min(HINTS, exercise.hints + 1)
    fault = exercise.faults[0]
    return FaultHint(exercise.hints, fault, KINDS[fault.kind].question, exercise.shown.shown.call)


def is_to_find(network: Network) -> bool:
    """Return whether a fault of `break_it()` is in this network, or is just being put in."""
    return history.is_concealed() or bool(_present and _present.shown.shown.call.netns in network.namespaces)


def put(fault: Fault) -> bool:
    """Run the commands of a fault and return whether all succeeded; if not, run those that fix it."""
    if all(_run(line) for line in fault.breaks):
        return True
    mend(fault)
    return False


def mend(fault: Fault) -> None:
    """Run the commands that fix a fault."""
    for line in fault.mends:
        _run(line)


def _put_in(healthy: Answers, level: int, chance: random.Random) -> tuple[tuple[Fault, ...], Answers]:
    """Put in as many faults as the level has; return them, and the pings' answers afterwards."""
    faults: list[Fault] = []
    now, network = healthy, snapshot()
    try:
        for _number in range(2 if level == _LEVELS else 1):
            fault, now = _put_in_one(now, level, chance)
            faults.append(fault)
    except BaseException:
        for fault in reversed(faults):
            mend(fault)
            _restore_filter(fault.place.netns, network)
        raise
    return tuple(faults), now


def _put_in_one(before: Answers, level: int, chance: random.Random) -> tuple[Fault, Answers]:
    """Put in one fault that breaks a working ping; remove each that breaks none."""
    network = snapshot()
    for fault in candidates(network, min(level, HARD), chance, _PLACES_PER_KIND):
        check_interrupt()
        if put(fault):
            after = _pinged_one_by_one(fault, before, _pinged_twice(before), chance)
            if any(_shows_fault(fault, one.call) for one in _newly_failing(before, after)):
                return fault, after
            mend(fault)
        _restore_filter(fault.place.netns, network)
    raise _too_little()


def _restore_filter(netns: str, before: Network) -> None:
    """Restore a packet filter: the first iptables rule makes a table, which stays when the last rule is deleted."""
    was, is_ = (network.namespaces[netns].ruleset for network in (before, snapshot()))
    run_ignoring_refusals(operation.set_rules(netns, *change) for change in ruleset.changes(is_, was))


def _pinged_twice(before: Answers) -> Answers:
    """Repeat the pings that worked, and once more those that fail now, to exclude chance."""
    settle()
    after = pings.ask_again(before)
    lost = [one.call for one in _newly_failing(before, after)]
    return {**after, **(pings.ask(lost) if lost else {})}


def _pinged_one_by_one(fault: Fault, before: Answers, after: Answers, chance: random.Random) -> Answers:
    """Repeat some pings from or to the fault's namespace one by one, if none failed when all ran at once.

    An ARP request also announces its sender: with many pings at once, a fault that stops ARP may not show.
    """
    if _newly_failing(before, after):
        return after
    netns = fault.place.netns
    own = {str(seat.addr.ip) for seat in seats(snapshot()) if seat.namespace.name == netns}
    here = [call for call, size in before.items() if size and (call.netns == netns or call.dst in own)]
    for call in chance.sample(here, min(len(here), _MAX_SINGLE_PINGS)):
        after = {**after, **pings.ask([call])}
    return after


def _newly_failing(before: Answers, after: Answers) -> tuple[Symptom, ...]:
    """Return the pings that no longer work, with the size that fails: large if the small ping still works."""
    return tuple(
        Symptom(call, SMALL if after[call] < SMALL else LARGE) for call, size in before.items() if after[call] < size
    )


def _shows_fault(fault: Fault, call: Call) -> bool:
    return not fault.is_back or call.netns != fault.place.netns


def _to_show(symptoms: tuple[Symptom, ...], fault: Fault, chance: random.Random) -> Symptom:
    seen = [one for one in symptoms if _shows_fault(fault, one.call)]
    return chance.choice(seen or symptoms)


def _run(line: str) -> bool:
    return program.run(program.words(line)).status == 0


def _exercise() -> _Exercise:
    require_lab()
    if _present is None:
        raise LabError(_("Nothing is broken by break_it()."), _("Or it is mended already."), try_="break_it()")
    return _present


def _check_arguments(seed: object, level: object) -> None:
    if seed is not None and type(seed) is not int:
        what = _("{value} is no seed.").format(value=as_python(seed))
        raise BadValue(what, _("It is a whole number, such as the one that break_it() told."), try_="break_it(seed=7)")
    if type(level) is not int or not 1 <= level <= _LEVELS:
        what = _("{value} is no level.").format(value=as_python(level))
        why = _("1 is an easy fault, 2 is any, 3 is two at once.")
        raise BadValue(what, why, try_="break_it(level=1)")


def _require_sandbox() -> None:
    if require_lab().kind != SANDBOX:
        raise NotPermitted(
            _("Nothing is broken on the real machine."),
            _("What breaks here would break for everybody who uses it."),
            try_=_('Choose the kernel "NS Lab": there the host is yours alone.'),
        )


def _too_little() -> LabError:
    return LabError(
        _("There is nothing here that could be broken so that a ping notices."),
        _("Build something first in which a ping works: two namespaces with a cable, an address each, both ends up."),
        try_='ping("192.168.1.2", netns="test1")',
    )
