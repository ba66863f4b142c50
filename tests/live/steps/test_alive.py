"""A namespace that loses its name while a process or container is in it."""

import os
import signal
import time
from pathlib import Path

from nslab_kernel import build, container_run, lab_reset, netns_attach, netns_del
from nslab_kernel.display.bundle import bundle
from nslab_kernel.linux.engine_api import is_running
from tests.live.shell import end, sleeper_in
from tests.networks import two_namespaces


def said(change):
    return bundle(change)["text/plain"]


def stop(pid):
    """Stop a process, and wait until all of its threads have stopped."""
    os.kill(pid, signal.SIGSTOP)
    while any("State:\tT" not in (task / "status").read_text() for task in Path(f"/proc/{pid}/task").iterdir()):
        time.sleep(0.01)


def test_nobody_is_in_it():
    """A namespace without processes is gone with its name."""
    build(two_namespaces())
    change = netns_del("test1")

    assert () == change.alive
    assert "test1 is gone, with all that was in it." in said(change)


def test_a_process_is_in_it():
    """The text names the process, and does not say that the namespace is gone."""
    build(two_namespaces())
    inside = sleeper_in("test1")
    change = netns_del("test1")

    assert (("test1", (("sleep", inside.pid),)),) == change.alive
    words = "test1 has lost its name. The namespace lives on, for somebody is still in it: "
    assert f"{words}sleep (process {inside.pid})." in said(change)
    assert "is gone, with all that was in it" not in said(change)
    end(inside)


def test_who_is_ended_by_a_reset_is_not_named():
    """lab_reset() ends the processes first, so its text does not name them."""
    build(two_namespaces())
    inside = sleeper_in("test1")
    change = lab_reset()

    assert () == change.alive
    inside.communicate()
    assert -signal.SIGKILL == inside.returncode
    assert "lives on" not in said(change)


def test_a_container_is_in_it():
    """If the engine does not answer for a while, its last answer counts: only the name goes, the namespace stays."""
    container_run("busybox_1")
    netns_attach("web", "busybox_1")
    daemon = int(Path("/run/docker.pid").read_text())
    stop(daemon)
    try:
        assert not is_running()
        change = netns_del("web")
    finally:
        os.kill(daemon, signal.SIGCONT)

    assert () == change.alive
    assert "busybox_1" in change.after.namespaces
    assert "the namespace of busybox_1 lives on." in said(change)


def test_a_container_s_second_name():
    """If the engine answers, the namespace stays as well, and only the name goes."""
    container_run("busybox_1")
    netns_attach("web", "busybox_1")
    change = netns_del("web")

    assert () == change.alive
    assert "The name web is gone; the namespace of busybox_1 lives on." in said(change)
