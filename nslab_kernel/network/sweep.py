"""A sandbox made as it was born: swept clean, not planned."""

import contextlib

from nslab_kernel.errors import LabError
from nslab_kernel.linux import namespaces, replay_links
from nslab_kernel.model.network import HOST
from nslab_kernel.network import operation
from nslab_kernel.network.build import Built, not_taken, plan, run_tolerantly
from nslab_kernel.network.history import bare
from nslab_kernel.network.link_stand import stays_with_namespace
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.network.taking_back import forgotten

_ROUNDS = 3
"""What a bridge or a default took from another shows only when that is gone."""


def sweep() -> Built:
    """Take everything away: interfaces, namespaces, then whatever is left on the host.

    Returns:
        the commands that this stands for, and what Linux did not let go, a sentence each.
    """
    now = snapshot()
    host = now.namespaces[HOST]
    links = [link for link in host.links if not stays_with_namespace(link)]
    names = namespaces.entries()
    commands = [operation.delete_link(HOST, link).command for link in links]
    commands += [operation.delete_namespace(name).command for name in names]
    # A namespace takes its cables along, many at once and in the background; `settle` waits for the ends on the host.
    for name in names:
        with contextlib.suppress(LabError):
            namespaces.remove(name)
    stay = [link.ifindex for link in links if not link.peer or link.peer.netns == HOST]
    replay_links.delete_links(tuple(stay), None)
    settle(now)
    after = snapshot(thorough=True)
    for _round in range(_ROUNDS):
        left = plan(after, bare(after))
        if not left:
            break
        commands += [one.command for one in left if one.command not in commands]
        run_tolerantly(left)
        settle(after)
        after = snapshot(thorough=True)
    run_tolerantly(forgotten(bare(after), after))
    return Built(tuple(commands), tuple(not_taken(after, bare(after))))
