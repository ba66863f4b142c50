"""The hub's settings, tested without a hub: who may log in, and what a learner's folder contains."""

import os
import runpy
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from tornado.web import HTTPError
from traitlets.config import Config

BINDER = Path(__file__).parents[2] / "binder"


@pytest.fixture
def hub_place(monkeypatch):
    """Yield a folder with notebooks and a proxy program, and set the variables by which the settings find them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o755)
        for name in ("home", "notebooks/en/more", "notebooks/zh", "bin"):
            (place / name).mkdir(parents=True)
        (place / "notebooks/en/more/1.ipynb").write_text("{}")
        (place / "bin/configurable-http-proxy").touch(mode=0o755)
        monkeypatch.setenv("NSLAB_HUB", str(place / "hub"))
        monkeypatch.setenv("NSLAB_NOTEBOOKS", str(place / "notebooks"))
        monkeypatch.setenv("PATH", f"{place}/bin:{os.environ['PATH']}")
        yield place


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has learners with accounts")
def test_the_class_gives_a_learner_what_is_his(monkeypatch, hub_place):
    """The learner owns the notebooks, the folders among them, and the folder of the kernels' sockets."""
    uid = 65534
    os.chown(hub_place / "home", uid, -1)
    home, shell = str(hub_place / "home"), "/bin/sh"
    account = SimpleNamespace(pw_name="ada", pw_uid=uid, pw_gid=os.getgid(), pw_dir=home, pw_shell=shell)
    monkeypatch.setattr("pwd.getpwnam", lambda name: account)
    monkeypatch.setenv("NSLAB_LEARNERS", "all")
    monkeypatch.setenv("NSLAB_TEACHERS", "ada")
    hub = runpy.run_path(str(BINDER / "hub/jupyterhub_config.py"), {"get_config": Config})

    hub["prepare"](SimpleNamespace(user=SimpleNamespace(name="ada", id=7)))

    his = [hub_place / "hub/run/7", *(hub_place / "home").rglob("*")]
    assert {"en", "zh", "more", "1.ipynb"} <= {path.name for path in his}
    assert {uid} == {path.stat().st_uid for path in his}


def test_a_trial_gives_each_name_a_folder(monkeypatch, hub_place):
    """In a trial all use one account, but each name gets its own notebooks."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("NSLAB_CLASS_PASSWORD", "correct horse")
    hub = runpy.run_path(str(BINDER / "hub/jupyterhub_config.py"), {"get_config": Config})
    own = hub_place / "hub/learners/ada"

    hub["prepare"](SimpleNamespace(home_dir=str(own), user=SimpleNamespace(name="ada", id=8)))

    assert (own / "en/more/1.ipynb").exists()


@pytest.mark.parametrize(("setting", "lessons"), [({}, "en"), ({"NSLAB_LANG": "zh"}, "zh")])
def test_a_class_opens_at_the_lessons_of_its_language(monkeypatch, hub_place, setting, lessons):
    """NSLAB_LANG chooses the language of the first page; the learner's folder has the lessons of both."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("NSLAB_CLASS_PASSWORD", "correct horse")
    monkeypatch.delenv("NSLAB_LANG", raising=False)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    hub = runpy.run_path(str(BINDER / "hub/jupyterhub_config.py"), {"get_config": Config})

    assert f"/lab/tree/{lessons}/0-welcome.ipynb" == hub["c"].Spawner.default_url


def test_lessons_that_a_full_disk_cuts_off_come_whole_the_next_time(monkeypatch, hub_place):
    """The error says why there is no server, and the next start copies all lessons in spite of a half copy."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("NSLAB_CLASS_PASSWORD", "correct horse")
    hub = runpy.run_path(str(BINDER / "hub/jupyterhub_config.py"), {"get_config": Config})
    own = hub_place / "hub/learners/ada"
    learner = SimpleNamespace(home_dir=str(own), user=SimpleNamespace(name="ada", id=8))
    full = hub_place / "bin/cp"
    full.write_text("#!/bin/sh\nfor target; do true; done\nmkdir $target\necho 'No space left' >&2\nexit 1\n")
    full.chmod(0o755)

    with pytest.raises(HTTPError, match=f"cannot be put into {own}. No space left"):
        hub["prepare"](learner)
    full.unlink()
    hub["prepare"](learner)

    assert ["en", "zh"] == sorted(path.name for path in own.iterdir())
    assert (own / "en/more/1.ipynb").exists()


@pytest.mark.parametrize(
    ("whom", "ada", "bob"),
    [
        ("all", True, True),
        ("ada", True, False),
        ("@pupils", False, True),
        ("@pupils, ada", True, True),
        ("", False, False),
    ],
)
def test_whom_a_line_means(monkeypatch, whom, ada, bob):
    """A line names all, users, groups (also by a user's primary group), or nobody."""
    hub = SimpleNamespace(**runpy.run_path(str(BINDER / "hub/accounts.py")))
    monkeypatch.setattr("grp.getgrall", lambda: [SimpleNamespace(gr_name="pupils", gr_gid=7)])
    monkeypatch.setattr("os.getgrouplist", lambda name, first: [first])
    accounts = [SimpleNamespace(pw_name=name, pw_gid=gid) for name, gid in (("ada", 1), ("bob", 7))]

    assert [ada, bob] == [hub.is_meant(account, whom) for account in accounts]
