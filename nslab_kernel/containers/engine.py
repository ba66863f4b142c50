"""Finds or starts the container engine, and runs its program.

The engine is Docker, or Podman, whose program has the same commands. A command that fails raises an error.
"""

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from nslab_kernel.containers import bare_engine, sandbox_engine
from nslab_kernel.errors import (
    AlreadyExists,
    EngineTrouble,
    LabError,
    MissingProgram,
    NoContainer,
    NoImage,
    NotOurs,
    RefusedByEngine,
)
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.lab import MACHINE, SANDBOX, lab
from nslab_kernel.spelling import quoted

PACKAGES = "docker.io docker-cli busybox-static"
"""What `apt-get install` takes on Debian and Ubuntu."""
_HALF_MADE = "half-made"
"""A file in the engine's folder: the names of containers that an engine could not remove because it had ended."""
_REMOVE_ALL = "left"
"""A file in the same folder, which exists if the next engine must remove all that the one before it left."""
_BUILT_IN = ("bridge", "host", "none", "podman")
"""The networks that an engine has from the start."""
GRACE_S = 1
"""Seconds that `docker stop` waits before SIGKILL, because a shell as first process ignores SIGTERM."""
LABEL = "nslab"
"""The label of the lab's own containers on a real machine."""
_PREFIX = re.compile(r"^(?:docker|podman|Error): |^Error response from daemon: |\s*See '.*--help'\.", re.MULTILINE)
# Podman warns that there is no terminal for `-it`, but continues.
_WARNING = re.compile(r'^time="[^"]*" level=warning .*\n?', re.MULTILINE)
_FULL = "no space left on device"
_NO_PROGRAM = re.compile(r'exec: "([^"]*)": (?:executable file not found|stat )|executable file `([^`]*)` not found')


def require_engine() -> None:
    """Check that an engine answers; in the sandbox the first call starts one, which ends with the sandbox.

    Commands typed by hand, such as `!docker ps`, reach the same engine: on a real machine by the variables set here.

    Raises:
        MissingProgram: Neither Docker nor Podman is installed.
        EngineTrouble: The engine is not running.
    """
    if lab().kind == SANDBOX:
        _require_own_engine()
    elif not engine_api.is_running():
        raise _not_running()
    else:
        os.environ["DOCKER_HOST"] = os.environ["CONTAINER_HOST"] = str(engine_api.address())


def engine_name() -> str:
    """Return the name of the engine's program: `docker`, or else `podman`, which has the same commands.

    Raises:
        MissingProgram: Neither is installed.
    """
    for name in ("docker", "podman"):
        if shutil.which(name):
            return name
    raise MissingProgram("docker", PACKAGES)


def removing(*names: str) -> list[str]:
    """Return the arguments that remove containers at once; Podman would otherwise wait 10 s for them to end."""
    return ["rm", "-f", *(["-t", "0"] if engine_name() == "podman" else []), *names]


def run(words: list[str]) -> str:
    """Run the engine's program, and return what it wrote.

    Raises:
        RefusedByEngine: The program failed.
        EngineTrouble: The engine has ended.
    """
    finished = program.run([engine_name(), *words])
    # A terminal ends lines by CR LF, so a container's output has these.
    text = _WARNING.sub("", finished.text).replace("\r\n", "\n")
    if finished.status:
        raise refusal(text)
    return text


def refusal(text: str) -> RefusedByEngine | EngineTrouble:
    """Return the error for a failed command, from what the engine's program wrote."""
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
    """Return the error that the engine has ended; in the sandbox also end its containers."""
    if lab().kind == MACHINE:
        return EngineTrouble(words)
    sandbox_engine.end_orphans()
    return EngineTrouble(_("It ended in the middle of this, and its containers with it. The next call starts another."))


def require_program(finished: program.Finished, name: str) -> None:
    """Check that a container had the program that was to run in it.

    Args:
        finished: The result of the engine's program.
        name: The program that was to run.

    Raises:
        RefusedByEngine: It had not. The exit status is then 126 or 127; Podman's is 125 if its connection closes
            first, and its 127 may come without a message: podman-exec(1).
    """
    if finished.status in (125, 126, 127) and _NO_PROGRAM.search(finished.text):
        raise refusal(finished.text)
    if finished.status == 127 and not finished.text:
        raise RefusedByEngine("127", _("The image has no program {program}.").format(program=name))


def names() -> tuple[str, ...]:
    """Return the names of all containers, also of those that are not running."""
    found = engine_api.get("/containers/json?all=1")
    return tuple(sorted(name.lstrip("/") for container in found for name in container["Names"]))


def require_container(name: str) -> dict[str, Any]:
    """Return all that the engine knows about a container.

    Raises:
        NoContainer: There is no such container.
    """
    try:
        return engine_api.inspect(name)
    except engine_api.NoAnswer as refused:
        if refused.status == 404:
            raise NoContainer(name, names()) from None
        raise


def require_own(name: str) -> dict[str, Any]:
    """Return all that the engine knows about a container that the lab may change.

    Raises:
        NoContainer: There is no such container.
        NotOurs: The lab did not start the container, and this is a real machine.
    """
    found = require_container(name)
    if lab().kind == MACHINE and LABEL not in (found["Config"]["Labels"] or {}):
        raise NotOurs(_("The container {name}").format(name=name))
    return found


def label() -> list[str]:
    """Return the option that labels a container as the lab's; empty in a sandbox, where there are no others."""
    return ["--label", LABEL] if lab().kind == MACHINE else []


def require_free(name: str) -> None:
    """Check that no container has this name.

    Raises:
        AlreadyExists: A container has it.
    """
    if name in names():
        raise AlreadyExists(_("The container {name}").format(name=name))


def require_image(name: str) -> None:
    """Check that the engine has an image; import busybox if it is missing.

    Raises:
        NoImage: The engine has no image of this name.
    """
    if _has_image(name):
        return
    from nslab_kernel.containers import image  # imported here, because a lab needs it once or never

    if name in (image.NAME, f"{image.NAME}:latest"):
        run(["import", "--change", 'CMD ["sh"]', str(image.archive()), image.NAME])
        return
    there = sorted({*_images(), image.NAME})
    if lab().kind == MACHINE:
        raise NoImage(name, there, "", f"!{shlex.join([engine_name(), 'pull', name])}")
    why = _("It cannot be downloaded either: the lab has no way to the internet. An archive of it can be loaded.")
    raise NoImage(name, there, why, f"!{engine_name()} load -i {name.rpartition('/')[2]}.tar")


def require_running(name: str) -> int:
    """Check that a container is running, and return the process id of its first process.

    Raises:
        NoContainer, NotOurs: As in `require_own`.
        LabError: The container is not running.
    """
    state = require_own(name)["State"]
    if not state["Running"]:
        raise LabError(
            _("The container {name} does not run.").format(name=name), try_=f"container_start({quoted(name)})"
        )
    return int(state["Pid"])


def discard(name: str) -> None:
    """Remove a container that failed to start; if the engine has ended, the sandbox's next one removes it."""
    if program.run([engine_name(), *removing(name)]).status and lab().kind == SANDBOX:
        with (sandbox_engine.FOLDER / _HALF_MADE).open("a") as file:
            file.write(f"{name}\n")


def remove_all() -> list[str]:
    """Remove the lab's containers; in a sandbox all containers, and the networks that were added to the engine.

    Returns:
        the shell commands that this stands for.

    Raises:
        RefusedByEngine: Something could not be removed.
        EngineTrouble: The engine has ended meanwhile.
        NoAnswer: There is no engine.
    """
    containers, networks = _removable()
    lines = [removing(*containers)] if containers else []
    lines += [["network", "rm", *networks]] if networks else []
    said = [program.run([engine_name(), *line]).text for line in lines]
    if lines and any(_removable()):  # Podman may report an error although it succeeded: the bridge was gone
        raise refusal("".join(said))
    if lab().kind == SANDBOX:
        sandbox_engine.forget_addresses()
    return [shlex.join([engine_name(), *line]) for line in lines]


def remove_all_later() -> None:
    """Let the sandbox's next engine remove all containers and networks: the data of the ended one still has them."""
    if sandbox_engine.FOLDER.exists():
        (sandbox_engine.FOLDER / _REMOVE_ALL).touch()


def _removable() -> tuple[list[str], list[str]]:
    """Return the names of the containers and of the networks that the lab may remove."""
    is_machine = lab().kind == MACHINE
    filters = f"&filters={quote(json.dumps({'label': [LABEL]}))}" if is_machine else ""
    containers = [found["Names"][0].lstrip("/") for found in engine_api.get(f"/containers/json?all=1{filters}")]
    networks = [] if is_machine else [network["Name"] for network in engine_api.get("/networks")]
    return containers, [name for name in networks if name not in _BUILT_IN]


def _has_image(name: str) -> bool:
    try:
        engine_api.get(f"/images/{name}/json")
    except engine_api.NoAnswer as refused:
        if refused.status == 404:
            return False
        raise
    return True


def _images() -> Iterator[str]:
    """Yield the names of the images that the engine has."""
    for found in engine_api.get("/images/json"):
        for tag in found.get("RepoTags") or ():
            if not tag.startswith("<none>"):
                yield tag.removeprefix("localhost/").removesuffix(":latest")


def _require_own_engine() -> None:
    if engine_api.is_running():
        return
    start = _installed_engine()
    with sandbox_engine.one_at_a_time():
        if engine_api.is_running():
            return
        sys.stdout.write(_("Starting a container engine in your lab; once, it takes some seconds ...") + "\n")
        sys.stdout.flush()
        with bare_engine.noted():
            start()
            _remove_what_was_left()


def _installed_engine() -> Callable[[], None]:
    """Return the function that starts the installed engine: Docker, if both dockerd and docker are there, else Podman.

    Raises:
        MissingProgram: Neither is installed.
    """
    if shutil.which("dockerd") and engine_name() == "docker":
        return sandbox_engine.start_docker
    if shutil.which("podman"):
        return sandbox_engine.start_podman
    raise MissingProgram("docker", PACKAGES)


def _remove_what_was_left() -> None:
    half_made, all_of_them = (sandbox_engine.FOLDER / name for name in (_HALF_MADE, _REMOVE_ALL))
    if half_made.exists():
        program.run([engine_name(), *removing(*half_made.read_text().split())])
        half_made.unlink()
    if all_of_them.exists():
        remove_all()
        all_of_them.unlink()


def _not_running() -> EngineTrouble | MissingProgram:
    """Return the error that no engine answers on this machine; it says how to start the installed one."""
    if os.environ.get("DOCKER_HOST"):
        return EngineTrouble(_("DOCKER_HOST is {address}, where none answers.").format(address=engine_api.address()))
    if shutil.which("dockerd"):
        return EngineTrouble(_("Docker is installed, and is not running."), try_="sudo systemctl start docker")
    if shutil.which("podman"):
        return EngineTrouble(
            _("Podman is installed; its socket is not open."), try_="sudo systemctl start podman.socket"
        )
    return MissingProgram("docker", PACKAGES)


def _without_prefixes(text: str) -> str:
    last = ""
    while last != text:
        last, text = text, _PREFIX.sub("", text).strip()
    return text
