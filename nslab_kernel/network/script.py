"""The session's steps as a shell script for another machine."""

import re
from collections.abc import Collection, Iterator

from nslab_kernel.language import translate as _
from nslab_kernel.linux import namespaces
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import Change
from nslab_kernel.network import history
from nslab_kernel.network.build import plan_for
from nslab_kernel.network.config_equality import is_changed
from nslab_kernel.network.engine_objects import with_engine_objects
from nslab_kernel.network.left_out import creatable
from nslab_kernel.network.link_matching import links_by_key
from nslab_kernel.network.peers import LinkKey


def script(now: Network) -> str:
    """Return a script for sh(1) that, run as root, makes the network `now` on another machine.

    The script repeats the steps. It also repeats changes made otherwise (`!ip`, a terminal), after a comment.
    """
    lines = ["#!/bin/sh", _comment(_("The network of this lab, step by step. Run it as root.")), "set -e"]
    return "\n".join([*lines, *_commands(now)]) + "\n"


def _commands(now: Network) -> Iterator[str]:
    start = history.start(now)
    there = links_by_key(start)
    parts, stand = [], now
    for step in history.newest_first():
        if step.is_ours:
            parts.append([*_repeated(step.change, there), *_beside(step.change.after, stand, there)])
            stand = step.change.before
    parts.append([*_beside(start, stand, there)])
    for part in reversed(parts):
        yield from part


def _repeated(change: Change, there: Collection[LinkKey]) -> Iterator[str]:
    """Yield the lines that repeat a step elsewhere: its command, or others if some interface cannot be made there.

    Args:
        change: The change that the step made.
        there: The interfaces that the other machine has at the start.
    """
    _before, missing = creatable(change.before, there)
    if missing:
        commands, left_out = _difference(change.before, change.after, there)
    else:
        commands, left_out = [_elsewhere(change.command, change.before)], creatable(change.after, there)[1]
    yield from commands
    yield from map(_comment, left_out)


def _beside(was: Network, is_: Network, there: Collection[LinkKey]) -> Iterator[str]:
    if was is is_ or not is_changed(was, with_engine_objects(was, is_)):
        return
    commands, left_out = _difference(was, is_, there)
    if commands or left_out:
        yield _comment(_("Changed beside the steps:"))
        yield from commands
        yield from map(_comment, left_out)


def _difference(was: Network, is_: Network, there: Collection[LinkKey]) -> tuple[list[str], tuple[str, ...]]:
    """Return the commands that turn `was` into `is_` elsewhere, and a sentence for each thing newly left out.

    What a container engine made when it started is assumed to exist there, because another machine has its own engine.
    """
    (before, missing), (after, left_out) = creatable(was, there), creatable(is_, there)
    plan = plan_for(with_engine_objects(after, before), after)
    commands = [_elsewhere(operation.command, was) for operation in plan.operations()]
    return commands, tuple(what for what in (*left_out, *plan.left_out) if what not in missing)


def _comment(sentence: str) -> str:
    return f"# {sentence}"


def _elsewhere(command: str, before: Network) -> str:
    """Return a command for any machine: the host is process 1's namespace, and a container's pid is looked up."""
    command = re.sub(
        rf" netns {namespaces.host_netns_argument()}$", " netns /proc/1/ns/net", command, flags=re.MULTILINE
    )
    containers = (namespace.container for namespace in before.namespaces.values() if namespace.container)
    names = {str(container.pid): container.name for container in containers}

    def asked(match: re.Match[str]) -> str:
        name = names.get(match[2])
        return f"{match[1]}$({_client()} inspect -f '{{{{.State.Pid}}}}' {name})" if name else match[0]

    return re.sub(r"\b((?:netns|nsenter -t|netns attach \S+) )(\d+)(?= |$)", asked, command, flags=re.MULTILINE)


def _client() -> str:
    """Return the program that ran the learner's containers, `docker` or `podman`."""
    return "podman" if any(command.startswith("podman ") for command in history.commands()) else "docker"
