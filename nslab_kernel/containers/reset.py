"""Removes the lab's containers, for lab_reset() and goto()."""

from nslab_kernel.containers import engine, sandbox_engine
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.lab import MACHINE, lab


def end_containers() -> list[str]:
    """Remove the lab's containers; in a sandbox also end the engine and flush iptables' filter and nat tables.

    Returns:
        the shell commands that this stands for.
    """
    return [*remove_containers(), *_end_engine()]


def remove_containers() -> list[str]:
    """Remove the lab's containers; in a sandbox also the networks that were added to the engine.

    Returns:
        the shell commands that this stands for.
    """
    try:
        return engine.remove_all()
    except engine_api.NoAnswer:  # no engine, or it has ended, and the next one would find its containers
        engine.remove_all_later()
        return []


def _end_engine() -> list[str]:
    if lab().kind == MACHINE:
        return []
    with engine_api.event_streams_closed():
        pid = sandbox_engine.stop()
    if pid is None:
        return []
    sandbox_engine.end_orphans()
    return [f"kill {pid}", *sandbox_engine.clean_host()]
