"""A new container is watched for a moment, because one that ends at once has failed."""

import subprocess
import time

import pytest

from nslab_kernel.containers import engine, recording
from nslab_kernel.errors import LabError


@pytest.fixture
def container(monkeypatch):
    """Return a function that starts a process as a container whose end the engine notices 0.2 s late."""

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
    """The end is noticed by the process itself; the exit status comes from the engine later."""
    container(["sh", "-c", "exit 3"]).wait()

    with pytest.raises(LabError, match="ended at once, with status 3"):
        recording.must_live("busybox_1")


def test_what_lives_on_is_let_go(container):
    """A container that keeps running passes after a moment."""
    process = container(["sleep", "60"])

    recording.must_live("busybox_1")
    process.kill()
    process.wait()
