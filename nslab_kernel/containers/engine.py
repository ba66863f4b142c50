"""Finds a container engine, or starts one in the sandbox."""

import os
import shutil
from collections.abc import Callable

from nslab_kernel.containers import daemon, dockerd, podman
from nslab_kernel.errors import EngineTrouble, MissingProgram
from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.lab import SANDBOX, lab

PACKAGES = "docker.io docker-cli busybox-static"
"""What `apt-get install` takes on Debian and Ubuntu."""
_HALF_MADE = "half-made"
"""In the engine's folder: the names of containers that an engine ended over."""


def require_engine() -> None:
    """See to it that an engine answers; in the sandbox the first call starts one, which goes with the sandbox.

    The client finds it, also one that is typed by hand: `!docker ps`.

    Raises:
        MissingProgram: Neither Docker nor Podman is installed.
        EngineTrouble: It does not run.
    """
    if lab().kind == SANDBOX:
        _require_own()
    elif not engine_api.is_running():
        raise _not_running()
    else:
        os.environ["DOCKER_HOST"] = os.environ["CONTAINER_HOST"] = str(engine_api.address())


def client() -> str:
    """Return the client's name: `docker`, or `podman`, which takes the same words.

    Raises:
        MissingProgram: Neither is installed.
    """
    for name in ("docker", "podman"):
        if shutil.which(name):
            return name
    raise MissingProgram("docker", PACKAGES)


def removing(*names: str) -> list[str]:
    """Return the client's words that remove containers at once; Podman would first ask them to end, for 10 s."""
    return ["rm", "-f", *(["-t", "0"] if client() == "podman" else []), *names]


def has_image(name: str) -> bool:
    """Return whether the engine has an image."""
    try:
        engine_api.get(f"/images/{name}/json")
    except engine_api.NoAnswer as refused:
        if refused.status == 404:
            return False
        raise
    return True


def images() -> tuple[str, ...]:
    """Return the names of the images that the engine has."""
    tags = (tag for found in engine_api.get("/images/json") for tag in found.get("RepoTags") or ())
    return tuple(
        sorted(tag.removeprefix("localhost/").removesuffix(":latest") for tag in tags if not tag.startswith("<none>"))
    )


def _require_own() -> None:
    if engine_api.is_running():
        return
    start = _own_engine()
    with daemon.one_at_a_time():
        if engine_api.is_running():
            return
        print(_("Starting a container engine in your lab; once, it takes some seconds ..."), flush=True)
        _start(start)
        _remove_half_made()


def _start(start: Callable[[], None]) -> None:
    """Start an engine; one that fails, or is interrupted, is ended, and of a first one nothing stays."""
    is_first = not daemon.DATA.exists()
    try:
        start()
    except BaseException as error:
        daemon.stop()
        if is_first:
            daemon.clean_host()
            program.run(["ip", "link", "del", "dev", "docker0"])
            shutil.rmtree(daemon.DATA, ignore_errors=True)
        if isinstance(error, OSError):
            raise EngineTrouble(error.strerror or str(error)) from None
        raise


def remove_later(name: str) -> None:
    """Let the sandbox's next engine remove a container, for this one has ended."""
    if lab().kind == SANDBOX:
        with (daemon.FOLDER / _HALF_MADE).open("a") as file:
            file.write(f"{name}\n")


def _remove_half_made() -> None:
    file = daemon.FOLDER / _HALF_MADE
    if file.exists():
        program.run([client(), *removing(*file.read_text().split())])
        file.unlink()


def _own_engine() -> Callable[[], None]:
    """Return what starts the engine that is installed: Docker where its client is there too, else Podman."""
    if shutil.which("dockerd") and client() == "docker":
        return dockerd.start
    if shutil.which("podman"):
        return podman.start
    raise MissingProgram("docker", PACKAGES)


def _not_running() -> EngineTrouble | MissingProgram:
    """Say how to start what is installed on this machine."""
    if os.environ.get("DOCKER_HOST"):
        return EngineTrouble(_("DOCKER_HOST is {address}, where none answers.").format(address=engine_api.address()))
    if shutil.which("dockerd"):
        return EngineTrouble(_("Docker is installed, and is not running."), try_="sudo systemctl start docker")
    if shutil.which("podman"):
        return EngineTrouble(
            _("Podman is installed; its socket is not open."), try_="sudo systemctl start podman.socket"
        )
    return MissingProgram("docker", PACKAGES)
