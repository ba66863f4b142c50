"""Records a container call: its command, the change, how to undo it."""

import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nslab_kernel.containers import engine
from nslab_kernel.errors import LabError, NoContainer
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api, netns_processes, replay_links, worker
from nslab_kernel.linux.lab import SANDBOX, lab, require_lab
from nslab_kernel.model.network import HOST
from nslab_kernel.model.results import Change, Listing
from nslab_kernel.network import history
from nslab_kernel.network.history import Step
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.record import Recording, attach_command, recorded
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.spelling import quoted

_CABLE = re.compile(r"veth[0-9a-f]{7}")
"""The names that Docker gives to veth interfaces."""
WATCH_S = 0.03
"""Seconds that a new container's first process must live; if it ends earlier, the start has failed."""
LIMIT_S, _PAUSE_S = 2.0, 0.01
"""Seconds to wait until the engine reports that the process has ended; a busy engine takes 0.1."""


def shell_line(words: list[str]) -> str:
    """Return the engine's program with its arguments as a line for the shell."""
    return shlex.join([engine.engine_name(), *words])


@contextmanager
def asking_engine(words: list[str], name: str | None = None) -> Iterator[None]:
    """Require a lab and an engine, and add the command to every error.

    Args:
        words: The arguments of the engine's program.
        name: A container that must exist; if a sandbox has no engine, none is started for it.

    Raises:
        NoContainer: A container is named, but there is no engine, so there are no containers.
        EngineTrouble: The engine no longer answers.
    """
    with attach_command(shlex.join(["docker", *words])):
        require_lab()
        if name is not None and lab().kind == SANDBOX and engine_api.address() is None:
            raise NoContainer(name)
        engine.require_engine()
        try:
            yield
        except engine_api.NoAnswer as silent:
            raise engine.ended(str(silent)) from None


@contextmanager
def recording(words: list[str], new: str | None = None) -> Iterator[Recording]:
    """Record a change by the engine's program; what an engine adds to the lab at its start is part of the change.

    Args:
        words: The arguments of the engine's program; without `new` the last one is the container's name.
        new: The name of a container to be made.
    """
    command, arguments = shlex.join(["docker", *words]), {"container": new} if new else {}
    with (
        recorded(command, arguments) as made,
        _without_leftover_veths(),
        asking_engine(words, None if new else words[-1]),
    ):
        yield made


@contextmanager
def _without_leftover_veths() -> Iterator[None]:
    """If the block fails, delete the veth pairs that the engine made and did not move into a container."""
    before = {link.ifindex for link in snapshot().namespaces[HOST].links}
    try:
        yield
    except BaseException:
        came = [link for link in snapshot().namespaces[HOST].links if link.ifindex not in before]
        loose = [
            link.ifindex for link in came if _CABLE.fullmatch(link.ifname) and link.peer and link.peer.netns == HOST
        ]
        worker.run(None, replay_links.delete_links, tuple(loose), None)
        raise


def remembered(made: Recording, text: str, reverse: list[str]) -> Change:
    """Return the change with what the engine wrote, and remember it for `undo()` and `lab_script()`."""
    command = made.change.command.replace("docker", engine.engine_name(), 1)
    change = replace(made.change, command=command, text=text)
    history.remember(Step(change, Operation(shell_line(reverse), _undo, (reverse,)) if reverse else None))
    return change


def show(words: list[str], name: str | None = None) -> Listing:
    """Run the engine's program and return its output; if a container is named, check first that it exists."""
    with asking_engine(words, name):
        if name is not None:
            engine.require_container(name)
        return Listing(shell_line(words), engine.run(words))


def must_live(name: str) -> None:
    """Check that a container's first process lives for `WATCH_S` seconds.

    Raises:
        LabError: The container has ended at once.
    """
    found = engine.require_container(name)
    if found["State"]["Running"] and netns_processes.ends_within(found["State"]["Pid"], WATCH_S):
        until = time.monotonic() + LIMIT_S
        while found["State"]["Running"] and time.monotonic() < until:
            time.sleep(_PAUSE_S)
            found = engine.require_container(name)
    if not found["State"]["Running"]:
        raise _ended_at_once(name, found)


def run_again(name: str, found: dict[str, Any]) -> list[str]:
    """Return the arguments of the engine's program that make a removed container again."""
    ports = (found["HostConfig"].get("PortBindings") or {}).items()
    publish = [f"-p={bound['HostPort']}:{port}" for port, bindings in ports for bound in bindings]
    config = found["Config"]
    return ["run", "-d", "-it", *engine.label(), "--name", name, *publish, config["Image"], *(config["Cmd"] or [])]


def _undo(reverse: list[str]) -> None:
    engine.require_engine()
    engine.run(reverse)


def _ended_at_once(name: str, found: dict[str, Any]) -> LabError:
    what = _("The container {name} ended at once, with status {status}.")
    first = shlex.join(found["Config"]["Cmd"] or [found["Path"], *found["Args"]])
    why = _("A container lives as long as its first process. This was: {command}").format(command=first)
    wrote = program.run([engine.engine_name(), "logs", name]).text.strip()
    there_is = _("It wrote: {text}").format(text=wrote) if wrote else ""
    example = f'container_run({quoted(name)}, command="sleep 3600")'
    return LabError(what.format(name=name, status=found["State"]["ExitCode"]), why, there_is, example)
