"""The lab as a whole: look, build, undo, reset, script."""

from dataclasses import replace
from functools import partial

from nslab_kernel.containers import bare_engine, reset, sandbox_engine
from nslab_kernel.errors import LabError, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import netns_processes
from nslab_kernel.linux.lab import SANDBOX, lab, require_lab
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import Change, Listing, Topology
from nslab_kernel.network import history, ownership, validate_network
from nslab_kernel.network.build import build_network, run_ignoring_refusals
from nslab_kernel.network.config_equality import differs, is_changed
from nslab_kernel.network.history import Step
from nslab_kernel.network.record import recorded
from nslab_kernel.network.revert import restore_automatic, without_change
from nslab_kernel.network.script import script
from nslab_kernel.network.snapshot import snapshot as look
from nslab_kernel.network.step_lock import step_lock
from nslab_kernel.network.sweep import sweep


@step_lock()
def snapshot() -> Network:
    """Return the network as the kernel has it now: all namespaces, and what is in them.

    Example:
        >>> snapshot().namespace("test1").links
    """
    require_lab()
    return history.observe_others()


def topology() -> Topology:
    """Show the network as a picture, as the kernel has it now.

    Example:
        >>> topology()
    """
    return Topology(snapshot())


@step_lock()
def build(network: Network) -> Change:
    """Make the lab's network like the given one; parts that are the same already stay untouched.

    What only a machine or a container engine can make is left out, and named in `left_out`.

    Args:
        network: From `snapshot()`, or typed by hand.

    Raises:
        BadValue: Such a network cannot exist; nothing is changed.

    Example:
        >>> two_hosts = snapshot()
        >>> lab_reset()
        >>> build(two_hosts)
    """
    now = snapshot()
    validate_network.check_network(network)
    with validate_network.refuse_unencodable():
        change = _make(ownership.only_ours(now, network, new=ownership.names(network)))
    history.remember(Step(change))
    return change


@step_lock()
def undo() -> Change:
    """Take back the last change, whoever made it: a step, `!ip`, a terminal.

    A second call takes back the change before that. What cannot be made again is named in `left_out`.

    Raises:
        LabError: There is nothing to take back, or Linux refuses it; earlier changes can still be taken back.

    Example:
        >>> netns_add("test3")
        >>> undo()
    """
    require_lab()
    now = look(thorough=True)
    history.observe(now)
    step = _last(now)
    history.forget_from(step)
    try:
        return _take_back(now, step)
    except KeyboardInterrupt:
        history.remember(step)  # build_network has restored everything
        raise
    except LabError as error:
        history.set_seen(look())
        if not isinstance(error, RefusedByLinux):
            raise
        what = _("The last change cannot be taken back: {why}").format(why=error)
        before = _("The ones before it still can: run undo() again.")
        raise LabError(what, before, try_="undo()", said=error.said) from None


@step_lock()
def lab_reset() -> Change:
    """Remove everything, as if the lab had just started; processes that were started in it are killed.

    On the real machine it removes only what the lab made. A reset cannot be undone.

    Example:
        >>> lab_reset()
    """
    return _emptied(None)


@step_lock()
def clear() -> Change:
    """Remove everything, but keep a sandbox's container engine running: a new one needs seconds to start."""
    if not (bare := bare_engine.network()):
        return lab_reset()
    cleared = _emptied(bare)
    if not differs(look(), bare):
        return cleared
    rest = lab_reset()  # somebody changed what an engine makes only as it starts
    return replace(rest, before=cleared.before, command=f"{cleared.command}\n{rest.command}")


@step_lock()
def lab_script() -> Listing:
    """Return a shell script of all steps so far, which makes the present network on any machine, as root.

    Example:
        >>> print(lab_script())
    """
    require_lab()
    return Listing("", script(look(thorough=True)))


def _emptied(bare: Network | None) -> Change:
    """Remove everything, and clear the history; `bare` is the lab with nothing but the engine, which is to stay."""
    before = snapshot()
    try:
        change = _empty(bare)
    except LabError as error:
        error.partly = True
        raise
    history.clear()
    return replace(change, before=before, alive=())  # killed processes that have not ended yet will end


def _empty(bare: Network | None) -> Change:
    """Remove the containers, then the processes, then the network."""
    commands = reset.remove_containers() if bare else reset.end_containers()
    here = lab()
    in_sandbox = here.kind == SANDBOX and here.own_pids
    with recorded("lab_reset()", {}) as recording:
        pids = set(netns_processes.pids("net", partial(ownership.may_kill_in, recording.before)))
        pids |= set(netns_processes.pids_started_from_notebook()) if in_sandbox else set()
        pids -= sandbox_engine.processes() if bare else set()
        commands += [f"kill -9 {' '.join(map(str, sorted(pids)))}"] if pids else []
        netns_processes.kill(tuple(pids))
        if here.kind == SANDBOX:
            swept = sweep(recording.before, bare)
        else:
            now = look()
            swept = build_network(ownership.only_ours(now, history.empty_lab(now)))
    return replace(recording.change, command="\n".join([*commands, *swept.commands]), left_out=swept.left_out)


def _make(target: Network, had: Network | None = None) -> Change:
    """Build a network, and restore the automatic neighbours, addresses and routes of `had`."""
    with recorded("", {"new": ownership.names(target)}) as recording:
        built = build_network(target)
        further = list(restore_automatic(had, look())) if had else []
        run_ignoring_refusals(further)
    commands = (*built.commands, *(one.command for one in further))
    return replace(recording.change, command="\n".join(commands), left_out=built.left_out)


def _last(now: Network) -> Step:
    """Return the last step that can be undone; on the real machine, skip what others changed."""
    while step := history.last():
        if step.undo_operation or lab().kind == SANDBOX or is_changed(now, _without(now, step)):
            return step
        history.forget_from(step)
    raise LabError(_("There is nothing to undo."), _("The lab is as it was when it began."))


def _without(now: Network, step: Step) -> Network:
    return ownership.only_ours(now, without_change(now, step.change.before, step.change.after))


def _take_back(now: Network, step: Step) -> Change:
    if step.undo_operation:
        with recorded(step.undo_operation.command, {}) as recording:
            step.undo_operation.run()
        return recording.change
    return _make(_without(now, step), step.change.before)
