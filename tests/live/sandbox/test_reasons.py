"""The reason why Linux refuses a lab is read from the sysctls.

The sysctls of other systems stand in a tmpfs mounted over /proc/sys/kernel, in the test's own sandbox.
"""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nslab_kernel.linux.lab import Lab
from nslab_kernel.sandbox.host_policy import reason_and_remedy
from nslab_kernel.sandbox.isolate import Refused
from nslab_kernel.sandbox.shortcomings import banner

ORDINARY = 65534


def explain(step, number):
    return reason_and_remedy(Refused(step, number, os.strerror(number)))


@pytest.mark.parametrize(
    ("name", "value", "step", "number", "word"),
    [
        ("apparmor_restrict_unprivileged_userns", "1", "propagation", errno.EACCES, "Ubuntu"),
        ("apparmor_restrict_unprivileged_userns", "1", "map", errno.EPERM, "Ubuntu"),
        ("unprivileged_userns_clone", "0", "unshare", errno.EPERM, "keeps user namespaces for root"),
    ],
)
@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's sandbox has root alone")
def test_a_switch_for_ordinary_users(name, value, step, number, word):
    """A sysctl that takes user namespaces from ordinary users is named, with the command that sets it."""
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/proc/sys/kernel"], check=True)
    Path("/proc/sys/kernel", name).write_text(f"{value}\n")
    os.seteuid(ORDINARY)

    reason, remedy = explain(step, number)

    assert word in reason
    assert remedy == f"sudo sysctl -w kernel.{name}={1 - int(value)}"


@pytest.mark.parametrize("kind", ["user", "net", "mnt", "pid", "uts", "ipc"])
def test_a_limit_of_nought(kind, tmp_path):
    """For each kind of namespace, a limit of 0 is named as the reason."""
    (tmp_path / "limit").write_text("0\n")
    subprocess.run(["mount", "--bind", tmp_path / "limit", f"/proc/sys/user/max_{kind}_namespaces"], check=True)

    reason, remedy = explain("unshare", errno.ENOSPC)

    assert f"user.max_{kind}_namespaces is 0" in reason
    assert remedy == f"sudo sysctl -w user.max_{kind}_namespaces=15000"


def test_a_limit_that_is_reached():
    """Where the limit is not 0 there are too many namespaces, or too many levels of them, and no command is offered."""
    assert explain("unshare", errno.ENOSPC) == (
        "This user has as many namespaces as this machine allows, or they lie too deep in one another.",
        "",
    )


def test_anything_else_is_told_as_it_is():
    """A reason that is not known is given in Linux's words."""
    assert explain("unshare", errno.ENOMEM) == (
        "Linux refused the lab at the step unshare: Cannot allocate memory.",
        "",
    )


def test_a_place_that_never_allows_it(monkeypatch):
    """On a public service the reason says that no setting helps there."""
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release")

    reason, _ = explain("unshare", errno.ENOMEM)

    assert "Google Colab does not allow it to anybody" in reason


def test_the_banner_is_complete_in_every_form():
    """Reason and remedy are in the plain text and in the Markdown."""
    shown = banner(Lab("refused", reason="It is forbidden.", remedy="sudo mend it"))

    assert set(shown) == {"text/plain", "text/markdown"}
    for text in shown.values():
        assert "It is forbidden." in text
        assert "sudo mend it" in text
        assert "nslab doctor" in text


def test_the_banner_leads_to_the_recorded_runs(monkeypatch, tmp_path):
    """Where the image has recorded pages, the banner links to the notebook's one, so that it can at least be read."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert "static/recorded" not in banner(Lab("refused"))["text/plain"]

    pages = tmp_path / "share/nslab/recorded"
    (pages / "zh").mkdir(parents=True)
    (pages / "index.html").touch()
    (pages / "zh/3-by-hand.html").touch()
    monkeypatch.setenv("NSLAB_LANG", "zh")
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/learner/zh/3-by-hand.ipynb")
    assert "](/static/recorded/zh/3-by-hand.html)" in banner(Lab("refused"))["text/markdown"]
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/learner/zh/mine.ipynb")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    assert " /user/ada/static/recorded/index.html" in banner(Lab("refused"))["text/plain"]
