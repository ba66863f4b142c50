"""One call: its command, the engine at work, what came of it."""

import os
import re
import select
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nslab_kernel.containers import client, engine
from nslab_kernel.errors import AlreadyExists, LabError, NoContainer, NoImage
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api, replay_links
from nslab_kernel.linux.lab import MACHINE, SANDBOX, lab, require_lab
from nslab_kernel.model.network import HOST
from nslab_kernel.model.results import Change, Listing
from nslab_kernel.network import history
from nslab_kernel.network.history import Step
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.record import Recording, attach_command
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.spelling import quoted

_CABLE = re.compile(r"veth[0-9a-f]{7}")
"""How Docker names the ends of its cables."""
GRACE_S = 1
"""How long `docker stop` waits before it kills: a shell as first process does not hear SIGTERM."""
WATCH_S = 0.03
"""How long a new container's first process is watched: what ends within it has failed."""
LIMIT_S, _PAUSE_S = 2.0, 0.01
"""How long the engine may take to notice that; busy, it takes a tenth of a second."""


def shell_line(words: list[str]) -> str:
    """Return the client's words as a line for the shell."""
    return shlex.join([engine.client(), *words])


@contextmanager
def naming(words: list[str], name: str | None = None) -> Iterator[None]:
    """Within a lab, and with an engine at work: put the command on every error.

    Args:
        words: The client's.
        name: A container that must be there already; then no engine is started for want of one.

    Raises:
        NoContainer: There is no engine, so there is no container.
        EngineTrouble: It does not answer any more.
    """
    with attach_command(shlex.join(["docker", *words])):
        require_lab()
        if name is not None and lab().kind == SANDBOX and engine_api.address() is None:
            raise NoContainer(name)
        engine.require_engine()
        try:
            yield
        except engine_api.NoAnswer as silent:
            raise client.ended(str(silent)) from None


@contextmanager
def recording(words: list[str], new: str | None = None) -> Iterator[Recording]:
    """The same, for a call that changes something: what the first call's engine brings along belongs to the change.

    Args:
        words: The client's, the container's name last.
        new: The name of a container that is to come.
    """
    command = shlex.join(["docker", *words])
    with attach_command(command):
        require_lab()
        arguments = {"container": new} if new else {}
        with Recording(command, arguments) as made, _left_clean(), naming(words, None if new else words[-1]):
            yield made


@contextmanager
def _left_clean() -> Iterator[None]:
    """Take away the cable that an engine had made, and put nowhere yet, when it ended in the middle."""
    before = {link.ifindex for link in snapshot().namespaces[HOST].links}
    try:
        yield
    except BaseException:
        came = [link for link in snapshot().namespaces[HOST].links if link.ifindex not in before]
        loose = [
            link.ifindex for link in came if _CABLE.fullmatch(link.ifname) and link.peer and link.peer.netns == HOST
        ]
        replay_links.delete_links(tuple(loose), None)
        raise


def remembered(made: Recording, text: str, undo_operation: list[str]) -> Change:
    """Return the change with what the client wrote, and remember it for `undo()` and `lab_script()`."""
    command = made.change.command.replace("docker", engine.client(), 1)
    change = replace(made.change, command=command, text=text)
    history.remember(
        Step(change, Operation(shell_line(undo_operation), _take_back, (undo_operation,)) if undo_operation else None)
    )
    return change


def show(words: list[str], name: str | None = None) -> Listing:
    """Return what the client shows; of a container, if it is there."""
    with naming(words, name):
        if name is not None:
            client.require_container(name)
        return Listing(shell_line(words), client.run(words))


def label() -> list[str]:
    """Return what marks a container as the lab's, where there may be others."""
    return ["--label", client.LABEL] if lab().kind == MACHINE else []


def require_free(name: str) -> None:
    """Check that no container has this name.

    Raises:
        AlreadyExists: One has.
    """
    if name in client.names():
        raise AlreadyExists(_("The container {name}").format(name=name))


def require_image(name: str) -> None:
    """Check that the engine has an image; busybox is made where it is missing.

    Raises:
        NoImage: It has none of this name.
    """
    if engine.has_image(name):
        return
    from nslab_kernel.containers import image  # late: once a lab, if at all

    if name in (image.NAME, f"{image.NAME}:latest"):
        client.run(["import", "--change", 'CMD ["sh"]', str(image.archive()), image.NAME])
        return
    if lab().kind == MACHINE:
        raise NoImage(
            name, sorted({*engine.images(), image.NAME}), "", f"!{shlex.join([engine.client(), 'pull', name])}"
        )
    why = _("It cannot be downloaded either: the lab has no way to the internet. An archive of it can be loaded.")
    raise NoImage(
        name, {*engine.images(), image.NAME}, why, f"!{engine.client()} load -i {name.rpartition('/')[2]}.tar"
    )


def require_running(name: str) -> int:
    """Check that a container runs, and return the number of its first process.

    Raises:
        NoContainer: There is none of that name.
        LabError: It does not run.
    """
    state = client.require_own(name)["State"]
    if not state["Running"]:
        raise LabError(
            _("The container {name} does not run.").format(name=name), try_=f"container_start({quoted(name)})"
        )
    return int(state["Pid"])


def watch(name: str) -> None:
    """Look whether a container stays alive.

    Raises:
        LabError: It has ended at once.
    """
    found = client.require_container(name)
    if found["State"]["Running"] and _ends(found["State"]["Pid"]):
        until = time.monotonic() + LIMIT_S
        while found["State"]["Running"] and time.monotonic() < until:
            time.sleep(_PAUSE_S)
            found = client.require_container(name)
    if not found["State"]["Running"]:
        raise _ended_at_once(name, found)


def discard(name: str) -> None:
    """Remove a container that was not to be; where the engine has ended, the next one does it."""
    if program.run([engine.client(), *engine.removing(name)]).status:
        engine.remove_later(name)


def run_again(name: str, found: dict[str, Any]) -> list[str]:
    """Return the words that make such a container again."""
    ports = (found["HostConfig"].get("PortBindings") or {}).items()
    publish = [f"-p={bound['HostPort']}:{port}" for port, bindings in ports for bound in bindings]
    config = found["Config"]
    return ["run", "-d", "-it", *label(), "--name", name, *publish, config["Image"], *(config["Cmd"] or [])]


def _ends(pid: int) -> bool:
    """Return whether a process has ended, or ends while it is watched."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(process, select.POLLIN)
        return bool(poll.poll(WATCH_S * 1000))
    finally:
        os.close(process)


def _take_back(undo_operation: list[str]) -> None:
    engine.require_engine()
    client.run(undo_operation)


def _ended_at_once(name: str, found: dict[str, Any]) -> LabError:
    what = _("The container {name} ended at once, with status {status}.")
    first = shlex.join(found["Config"]["Cmd"] or [found["Path"], *found["Args"]])
    why = _("A container lives as long as its first process. This was: {command}").format(command=first)
    wrote = program.run([engine.client(), "logs", name]).text.strip()
    there_is = _("It wrote: {text}").format(text=wrote) if wrote else ""
    example = f'container_run({quoted(name)}, command="sleep 3600")'
    return LabError(what.format(name=name, status=found["State"]["ExitCode"]), why, there_is, example)
