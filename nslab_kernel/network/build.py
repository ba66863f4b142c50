"""Builds a Network in Linux; what already fits stays untouched."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import NamedTuple

from nslab_kernel.errors import LabError
from nslab_kernel.interrupts import check_interrupt
from nslab_kernel.language import translate as _
from nslab_kernel.linux import namespaces, replay, replay_links, worker
from nslab_kernel.model.network import Network
from nslab_kernel.network import build_progress
from nslab_kernel.network.config_equality import differs
from nslab_kernel.network.engine_objects import disambiguated, with_engine_objects
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.plan import Plan
from nslab_kernel.network.revert import with_additions_of_others
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot

_AT_ONCE = 40
"""Operations run between two checks for an interrupt; the progress bar moves at each check."""
_MANY = 8
"""At least this many new namespaces, or deleted interfaces of one namespace, are handled by one call."""


class BuildResult(NamedTuple):
    """What was done to build a network, and what could not be done."""

    commands: tuple[str, ...]
    """The shell commands of the operations, in the order in which they ran."""
    left_out: tuple[str, ...]
    """One sentence for each thing that cannot be made, or that Linux did not accept."""


def build_network(target: Network) -> BuildResult:
    """Change the lab into `target`; what already fits stays untouched, and a failed build is undone.

    Args:
        target: The wanted network, which `check_network` has accepted.

    Returns:
        what was done, and what could not be done.

    Raises:
        LabError: Linux refused an operation; its `partly` is true if the build could not be undone completely.
        KeyboardInterrupt: The learner interrupted; the build was undone as far as possible.
    """
    before = disambiguated(snapshot(), target)
    plan = plan_for(before, target)
    operations = list(plan.operations())
    try:
        _run(operations, lambda make: make(), check_interrupt)
        now, corrections = _corrected(before, target)
    except BaseException as error:
        is_back = _put_back(before, target)
        if isinstance(error, LabError):
            error.partly = not is_back
        raise
    left_out = list(plan.left_out)
    if differs(now, _wanted(now, before, target)):
        now = snapshot(thorough=True)  # Linux sends no notification for some changes
        left_out += differences_left(plan_for(now, _wanted(now, before, target)))
    commands = [one.command for one in (*operations, *corrections) if one.command]
    return BuildResult(tuple(dict.fromkeys(commands)), tuple(dict.fromkeys(left_out)))


def plan_for(now: Network, target: Network) -> Plan:
    """Return the plan that turns `now` into `target` but leaves a container engine's own objects as they are."""
    now = disambiguated(now, target)
    return Plan(now, with_engine_objects(now, target))


def plan_changes(now: Network, target: Network) -> tuple[Operation, ...]:
    """Return the operations that turn `now` into `target`, in order."""
    return tuple(plan_for(now, target).operations())


def run_ignoring_refusals(operations: Iterable[Operation]) -> None:
    """Run operations; skip those that Linux refuses."""

    def run(operation: Callable[[], None]) -> None:
        with suppress(LabError):
            operation()

    _run(list(operations), run, lambda: None)


def _wanted(now: Network, before: Network, target: Network) -> Network:
    """Return `target` with what others made since `before`, and a container engine's own objects as they are now."""
    return with_engine_objects(now, with_additions_of_others(now, before, target))


def _corrected(before: Network, target: Network) -> tuple[Network, tuple[Operation, ...]]:
    """Correct what still differs, such as what bridges inherited; return the network then, and the corrections."""
    now = settle(before, made_here=True)
    wanted = _wanted(now, before, target)
    if not differs(now, wanted):
        return now, ()
    left = plan_changes(now, wanted)
    run_ignoring_refusals(left)
    return settle(now, made_here=True), left


def differences_left(plan: Plan) -> Iterator[str]:
    """Yield a sentence for each difference that remains between the network and a plan's target."""
    left = list(plan.operations()) if differs(plan.now, plan.target) else []
    yield from plan.left_out
    for operation in left:
        yield _("Linux did not take: {command}").format(command=operation.command)


def _run(operations: list[Operation], run: Callable[[Callable[[], None]], None], between: Callable[[], None]) -> None:
    """Run operations in chunks and call `between` after each chunk; a progress bar appears after one second."""
    if not operations:
        return
    worker.run(None, replay.keep_sockets)
    try:
        with build_progress.bar(len(operations)) as bar:
            for start in range(0, len(operations), _AT_ONCE):
                part = operations[start : start + _AT_ONCE]
                worker.run(None, _run_part, part, run)
                bar.move(start + len(part))
                between()
    finally:
        worker.run(None, replay.close_sockets)


def _run_part(part: list[Operation], run: Callable[[Callable[[], None]], None]) -> None:
    for call in _calls(part):
        run(call)


def _calls(part: list[Operation]) -> Iterator[Callable[[], None]]:
    """Yield the calls of operations; operations that are faster together are merged into one call."""
    for _which, group in groupby(part, _kind):
        alike = list(group)
        first = alike[0]
        if len(alike) >= _MANY and first.function is namespaces.make:
            yield partial(namespaces.make_together, [name for one in alike for name in one.args])
        elif len(alike) >= _MANY and first.function is replay_links.delete_link:
            yield partial(replay_links.delete_links, tuple(one.args[0] for one in alike), first.args[-1])
        else:
            yield from (one.run for one in alike)


def _kind(operation: Operation) -> tuple[object, ...]:
    """Return the key of operations that can be merged: their function and, except for new namespaces, the namespace."""
    return operation.function, *(() if operation.function is namespaces.make else operation.args[-1:])


def _put_back(before: Network, target: Network) -> bool:
    """Undo as much of a failed build as possible, keep what others did meanwhile; return whether all was undone."""
    now = settle(before)
    with suppress(LabError):
        wanted = with_additions_of_others(now, target, before)
        run_ignoring_refusals(plan_changes(now, wanted))
        last, _corrections = _corrected(now, wanted)
        return not differs(last, _wanted(last, now, wanted))
    return False
