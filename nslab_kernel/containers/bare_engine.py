"""The sandbox with an engine that has just started, and nothing else.

So a lesson can begin anew without a new engine: what else there is goes, and what the engine made is mended.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.containers import sandbox_engine
from nslab_kernel.model.network import HOST, Network
from nslab_kernel.network.engine_objects import with_engine_objects
from nslab_kernel.network.history import empty_lab
from nslab_kernel.network.snapshot import snapshot

_noted: tuple[int | None, Network] | None = None
"""Which engine, by its process, and what it made."""


@contextlib.contextmanager
def noted() -> Iterator[None]:
    """Note what the engine makes that is started meanwhile."""
    global _noted
    before = snapshot()
    yield
    _noted = sandbox_engine.pid(), _made_between(before, snapshot())


def network() -> Network | None:
    """Return the lab with the present engine alone; `None` where there is none, or somebody else started it."""
    pid, made = _noted or (None, None)
    return made if pid and pid == sandbox_engine.pid() else None


def _made_between(before: Network, after: Network) -> Network:
    made = with_engine_objects(after, empty_lab(after))
    host = made.namespaces[HOST]
    was = set(before.namespaces[HOST].sysctls)
    return Network({HOST: replace(host, sysctls=tuple(pair for pair in host.sysctls if pair not in was))})
