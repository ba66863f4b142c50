"""Takes the lab's containers away, for lab_reset()."""

import json
import shlex
from urllib.parse import quote

from nslab_kernel.containers import engine, sandbox_engine
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.lab import MACHINE, lab


def end_containers() -> list[str]:
    """Remove the lab's containers; in a sandbox the engine and its firewall rules go as well.

    Returns:
        the shell commands that this stands for.
    """
    if not engine_api.is_running():
        return _end_engine()
    query = "/containers/json?all=1"
    if lab().kind == MACHINE:
        query += f"&filters={quote(json.dumps({'label': [engine.LABEL]}))}"
    try:
        names = [found["Names"][0].lstrip("/") for found in engine_api.get(query)]
    except engine_api.NoAnswer:  # it has ended at this moment
        return _end_engine()
    removing = engine.removing(*names)
    if names:
        engine.run(removing)
    return ([shlex.join([engine.engine_name(), *removing])] if names else []) + _end_engine()


def _end_engine() -> list[str]:
    if lab().kind == MACHINE:
        return []
    with engine_api.event_streams_closed():
        pid = sandbox_engine.stop()
    if pid is None:
        return []
    sandbox_engine.end_orphans()
    return [f"kill {pid}", *sandbox_engine.clean_host()]
