"""The real client at work; what it refuses, as errors."""

import re
from typing import Any

from nslab_kernel.containers import dockerd, engine
from nslab_kernel.errors import EngineTrouble, NoContainer, NotOurs, RefusedByEngine
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.lab import MACHINE, lab

LABEL = "nslab"
"""On this machine: what marks the lab's own containers."""
_PREFIX = re.compile(r"^(?:docker|podman|Error): |^Error response from daemon: |\s*See '.*--help'\.", re.MULTILINE)
# Podman warns that `-it` finds no terminal, and goes on.
_WARNING = re.compile(r'^time="[^"]*" level=warning .*\n?', re.MULTILINE)
_FULL = "no space left on device"
_NO_PROGRAM = re.compile(r'exec: "([^"]*)": (?:executable file not found|stat )|executable file `([^`]*)` not found')


def run(words: list[str]) -> str:
    """Run the client, and return what it wrote.

    Raises:
        RefusedByEngine: It did not do it.
        EngineTrouble: The engine has ended.
    """
    finished = program.run([engine.client(), *words])
    # What a container wrote to its terminal has the terminal's ends of lines.
    text = _WARNING.sub("", finished.text).replace("\r\n", "\n")
    if finished.status:
        raise refusal(text)
    return text


def refusal(text: str) -> RefusedByEngine | EngineTrouble:
    """Return what the client wrote as an error."""
    words = _without_prefixes(text)
    if not engine_api.is_running():
        return ended(words)
    if _FULL in words:
        why = _("The place for the engine's data is full: {words}").format(words=words)
        return RefusedByEngine(words, why, 'container_rm("...")')
    if missing := _NO_PROGRAM.search(words):
        why = _("The image has no program {program}.").format(program=missing[1] or missing[2])
        said = next(line for line in words.splitlines() if _NO_PROGRAM.search(line))
        return RefusedByEngine(said, why)
    return RefusedByEngine(words)


def ended(words: str) -> EngineTrouble:
    """Say that the engine has ended; in the sandbox its containers end with it."""
    if lab().kind == MACHINE:
        return EngineTrouble(words)
    dockerd.end_orphans()
    return EngineTrouble(_("It ended in the middle of this, and its containers with it. The next call starts another."))


def require_program(finished: program.Finished, name: str) -> None:
    """Check that a container had the program that was to run in it.

    Args:
        finished: The client, which has ended.
        name: The program.

    Raises:
        RefusedByEngine: It had not; the client's status for that is 126 or 127, of Podman 125 as well, where the
            engine hangs up first. Then it may also lose the words, and keep the 127: podman-exec(1).
    """
    if finished.status in (125, 126, 127) and _NO_PROGRAM.search(finished.text):
        raise refusal(finished.text)
    if finished.status == 127 and not finished.text:
        raise RefusedByEngine("127", _("The image has no program {program}.").format(program=name))


def names() -> tuple[str, ...]:
    """Return the names of all containers, also of those that do not run."""
    found = engine_api.get("/containers/json?all=1")
    return tuple(sorted(name.lstrip("/") for container in found for name in container["Names"]))


def require_container(name: str) -> dict[str, Any]:
    """Return all that the engine knows about a container.

    Raises:
        NoContainer: There is none of that name.
    """
    try:
        return engine_api.inspect(name)
    except engine_api.NoAnswer as refused:
        if refused.status == 404:
            raise NoContainer(name, names()) from None
        raise


def require_own(name: str) -> dict[str, Any]:
    """Return the same of a container that the lab may change.

    Raises:
        NoContainer: There is none of that name.
        NotOurs: On this machine: the lab did not start it.
    """
    found = require_container(name)
    if lab().kind == MACHINE and LABEL not in (found["Config"]["Labels"] or {}):
        raise NotOurs(_("The container {name}").format(name=name))
    return found


def _without_prefixes(text: str) -> str:
    last = ""
    while last != text:
        last, text = text, _PREFIX.sub("", text).strip()
    return text
