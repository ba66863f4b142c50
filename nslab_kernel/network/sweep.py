"""Empties a sandbox by deleting everything, without a plan."""

from nslab_kernel.linux import namespaces, replay_links, worker
from nslab_kernel.model.network import HOST, Network
from nslab_kernel.network import operation
from nslab_kernel.network.build import BuildResult, differences_left, run_ignoring_refusals
from nslab_kernel.network.history import empty_lab
from nslab_kernel.network.link_state import is_built_in
from nslab_kernel.network.plan import Plan
from nslab_kernel.network.revert import restore_automatic
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot

_ROUNDS = 3
"""Maximum number of rounds: inherited values show only after their source is gone, so one may not be enough."""


def sweep(now: Network, target: Network | None = None) -> BuildResult:
    """Delete interfaces and namespaces, then undo whatever is left on the host.

    Args:
        now: The lab as it is.
        target: The lab that is to be left; `None` is a new lab.

    Returns:
        the shell commands for what was done, and a sentence for each thing that Linux did not delete.
    """
    target = target or empty_lab(now)
    host, kept = now.namespaces[HOST], {link.ifindex for link in target.namespaces[HOST].links}
    links = [link for link in host.links if not is_built_in(link) and link.ifindex not in kept]
    names = namespaces.entries()
    commands = [operation.delete_link(HOST, link).command for link in links]
    commands += [operation.delete_namespace(name).command for name in names]
    # Linux deletes a namespace's veth pairs in the background; `settle` waits until their ends on the host are gone.
    namespaces.remove_all()
    stay = [link.ifindex for link in links if not link.peer or link.peer.netns == HOST]
    if stay:  # only if needed, because any change waits until Linux has dismantled the namespaces
        worker.run(None, replay_links.delete_links, tuple(stay), None)
    settle(now)
    after = snapshot(thorough=True)
    for _round in range(_ROUNDS):
        left = list(Plan(after, target).operations())
        if not left:
            break
        commands += [one.command for one in left if one.command not in commands]
        run_ignoring_refusals(left)
        settle(after)
        after = snapshot(thorough=True)
    run_ignoring_refusals(restore_automatic(target, after))
    return BuildResult(tuple(commands), tuple(differences_left(Plan(after, target))))
