"""A new container is watched: what ends at once has failed."""

import subprocess
import time

import pytest

from nslab_kernel.containers import engine, recording
from nslab_kernel.errors import LabError


@pytest.fixture
def container(monkeypatch):
    """Makes a container of which a slow engine notices the end 0.2 s later."""

    def made(command):
        process = subprocess.Popen(command)
        ended = None

        def inspect(name):
            nonlocal ended
            if process.poll() is not None:
                ended = ended or time.monotonic()
            running = ended is None or time.monotonic() < ended + 0.2
            state = {"Running": running, "Pid": process.pid, "ExitCode": process.returncode}
            return {"State": state, "Config": {"Cmd": command}}

        monkeypatch.setattr(engine, "require_container", inspect)
        return process

    monkeypatch.setenv("NSLAB_LANG", "en")
    monkeypatch.setattr(engine, "engine_name", lambda: "true")
    return made


def test_what_ends_at_once_is_noticed_before_the_engine_does(container):
    """The process itself is looked at; its exit status is the engine's to tell."""
    container(["sh", "-c", "exit 3"]).wait()

    with pytest.raises(LabError, match="ended at once, with status 3"):
        recording.must_live("busybox_1")


def test_what_lives_on_is_let_go(container):
    """After a moment."""
    process = container(["sleep", "60"])

    recording.must_live("busybox_1")
    process.kill()
    process.wait()
