"""All done so far as a shell script that runs elsewhere."""

import re
from collections.abc import Iterator

from nslab_kernel.language import translate as _
from nslab_kernel.linux import namespaces
from nslab_kernel.model.network import Network
from nslab_kernel.network import history
from nslab_kernel.network.build import plan
from nslab_kernel.network.keeping import engine_kept
from nslab_kernel.network.snapshot import comparable


def script(now: Network) -> str:
    """Return a script for sh(1) that makes the network `now` on another machine, as root.

    It repeats the steps; what was changed beside them (`!ip`, a terminal) is there too, marked by a comment.
    """
    lines = ["#!/bin/sh", "# " + _("The network of this lab, step by step. Run it as root."), "set -e"]
    return "\n".join([*lines, *_commands(now)]) + "\n"


def _commands(now: Network) -> Iterator[str]:
    stand = history.start(now)
    for change, _way_back in history.steps():
        yield from _beside(stand, change.before)
        yield _elsewhere(change.command)
        stand = change.after
    yield from _beside(stand, now)


def _beside(was: Network, is_: Network) -> Iterator[str]:
    if comparable(was) != comparable(engine_kept(was, is_)):
        yield "# " + _("Changed beside the steps:")
        yield from (_elsewhere(operation.command) for operation in plan(was, is_))


def _elsewhere(command: str) -> str:
    """There the host is where process 1 is."""
    return re.sub(rf" netns {namespaces.host_word()}$", " netns /proc/1/ns/net", command, flags=re.MULTILINE)
