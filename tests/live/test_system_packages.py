"""`make` installs missing packages, even while another program installs some."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "binder" / "system-packages"
LOCKS = ("var/lib/apt/lists/lock", "var/lib/dpkg/lock-frontend", "var/cache/apt/archives/lock")
CONTROL = """\
Package: python3-venv
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: nothing
"""
CONFIG = """\
Dir "{root}/";
Dir::State::status "{root}/var/lib/dpkg/status";
DPkg::Options {{"--root={root}";}};
APT::Sandbox::User "root";
APT::Architecture "amd64";
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Make a root folder for apt with a package to install; an overlay keeps the real /usr/sbin unchanged."""
    if not shutil.which("apt-get"):
        pytest.skip("apt-get is not installed")
    root, work = tmp_path / "root", tmp_path / "work"
    for folder in (
        "etc/apt/preferences.d",
        "etc/apt/apt.conf.d",
        "repo",
        "var/log/apt",
        *(str(Path(lock).parent) for lock in LOCKS),
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").touch()
    (work / "package/DEBIAN").mkdir(parents=True)
    (work / "package/DEBIAN/control").write_text(CONTROL)
    run("dpkg-deb", "--root-owner-group", "--build", work / "package", root / "repo/python3-venv.deb")
    data = (root / "repo/python3-venv.deb").read_bytes()
    facts = f"Filename: ./python3-venv.deb\nSize: {len(data)}\nSHA256: {hashlib.sha256(data).hexdigest()}\n"
    (root / "repo/Packages").write_text(CONTROL + facts)
    (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file:{root}/repo ./\n")
    (tmp_path / "apt.conf").write_text(CONFIG.format(root=root))
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    layers = "lowerdir=/usr/sbin,upperdir=/run/upper,workdir=/run/work"
    run("sh", "-c", f"mkdir /run/upper /run/work && mount -t overlay -o {layers} overlay /usr/sbin")
    return root


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def start():
    """Start the script as on a machine where Python has no venv."""
    return subprocess.Popen([SCRIPT, "venv", "false"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def installed(root):
    return "install ok installed" in run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${Status}", "*")


def test_what_is_missing_is_installed(root):
    """The package is installed at once, with one line of output; policy-rc.d, which stops services, is as before."""
    before = Path("/usr/sbin/policy-rc.d").exists()
    script = start()

    assert ("nslab: installing the system packages python3-venv with apt-get\n", "") == script.communicate(timeout=60)
    assert 0 == script.returncode
    assert installed(root)
    assert before == Path("/usr/sbin/policy-rc.d").exists()


@pytest.mark.parametrize("lock", LOCKS)
def test_another_installation_is_waited_for(root, lock):
    """Whichever lock another program holds, the script says that it waits, and then installs."""
    with (root / lock).open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        script = start()
        said = script.stderr.readline()
        assert said.startswith("nslab: waiting for another installation to end. E: Could not get lock")
        assert f"{os.getpid()}" in said or "archives" in said
        with pytest.raises(subprocess.TimeoutExpired):
            script.wait(3)
    assert "" == script.communicate(timeout=60)[1]

    assert 0 == script.returncode
    assert installed(root)


def test_what_cannot_be_installed_is_not_waited_for(root):
    """An error of apt-get is shown at once as it is."""
    shutil.rmtree(root / "repo")

    script = start()
    words = script.communicate(timeout=20)[1]

    assert 0 != script.returncode
    assert "file not found" in words.lower()
    assert "waiting" not in words
