"""The lab as a whole: look, build, undo, reset, script."""

from dataclasses import replace
from functools import partial

from nslab_kernel.containers import reset
from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.linux import inhabitants
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import Change, Listing, Topology
from nslab_kernel.network import history, ledger, soundness
from nslab_kernel.network.build import build_network, plan
from nslab_kernel.network.history import Step
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.record import Recording
from nslab_kernel.network.script import script
from nslab_kernel.network.snapshot import comparable
from nslab_kernel.network.snapshot import snapshot as look


def snapshot() -> Network:
    """Return the network as the kernel has it now: all namespaces, and what is in them."""
    require_lab()
    return look()


def topology() -> Topology:
    """Show the network as a picture, as the kernel has it now."""
    return Topology(snapshot())


def build(network: Network) -> Change:
    """Make the lab's network like this one; what is the same already stays untouched.

    Args:
        network: From `snapshot()`, or typed by hand.

    Raises:
        BadValue: There can be no such network; nothing is changed.
    """
    now = snapshot()
    soundness.check(network)
    change = _make(now, ledger.only_ours(now, network, new=ledger.names(network)))
    history.remember(Step(change))
    return change


def undo() -> Change:
    """Take back the last change, whoever made it: a step, `!ip`, a terminal.

    Again, it takes back the one before.

    Raises:
        LabError: There is nothing to take back.
    """
    now = snapshot()
    target = ledger.only_ours(now, history.last_state(now))
    if comparable(target) != comparable(now):
        return _make(now, target)
    step = history.last()
    if step is None:
        raise LabError(_("There is nothing to undo."), _("The lab is as it was when it began."))
    change = _take_back(now, step)
    history.forget_from(step)
    return change


def lab_reset() -> Change:
    """Take everything away, as if the lab had begun anew; processes inside the namespaces are ended.

    On the real machine this is what the lab made, and nothing else. It cannot be undone.
    """
    before = snapshot()
    ended = reset.end_containers()
    now = look()
    pids = inhabitants.inhabitants(partial(ledger.may_empty, now))
    target = ledger.only_ours(now, history.bare(now))
    switches = _switches_of_host()
    commands = ended + ([f"kill -9 {' '.join(map(str, pids))}"] if pids else [])
    commands += [switch.command for switch in switches] + _commands(now, target)
    with Recording("\n".join(commands), {}) as recording:
        inhabitants.end(pids)
        for switch in switches:
            switch.run()
        build_network(target)
    history.clear()
    # Who was just ended may still be seen for a moment.
    return replace(recording.change, before=before, alive=())


def lab_script() -> Listing:
    """Return all that was done so far as a shell script, which makes this network on any machine as root."""
    return Listing("sudo sh lab.sh", script(snapshot()))


def _make(now: Network, target: Network) -> Change:
    with Recording("\n".join(_commands(now, target)), {"new": ledger.names(target)}) as recording:
        build_network(target)
    return recording.change


def _take_back(now: Network, step: Step) -> Change:
    if not step.way_back:
        return _make(now, ledger.only_ours(now, step.change.before))
    with Recording(step.way_back.command, {}) as recording:
        step.way_back.run()
    return recording.change


def _commands(now: Network, target: Network) -> list[str]:
    return [operation.command for operation in plan(now, target)]


def _switches_of_host() -> list[Operation]:
    """Return what sets the host's switches back, the last first."""
    found = (step.way_back for step in reversed(history.steps()))
    return [way_back for way_back in found if way_back and way_back.args[-1] is None]
