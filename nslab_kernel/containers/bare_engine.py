"""The lab with only the objects that an engine made at its start.

With it a lesson can begin anew without a new engine: all else is removed, and the engine's objects are restored.
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
"""The process id of the engine, and the lab with only the objects that it made at its start."""


@contextlib.contextmanager
def noted() -> Iterator[None]:
    """Note the objects that an engine makes at its start, if it is started within the block."""
    global _noted
    before = snapshot()
    yield
    _noted = sandbox_engine.pid(), _made_between(before, snapshot())


def network() -> Network | None:
    """Return the lab with only the engine's objects; `None` if there is no engine, or its start was not noted."""
    pid, made = _noted or (None, None)
    return made if pid and pid == sandbox_engine.pid() else None


def _made_between(before: Network, after: Network) -> Network:
    made = with_engine_objects(after, empty_lab(after))
    host = made.namespaces[HOST]
    was = set(before.namespaces[HOST].sysctls)
    return Network({HOST: replace(host, sysctls=tuple(pair for pair in host.sysctls if pair not in was))})
