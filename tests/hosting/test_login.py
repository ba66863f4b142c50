"""Who can log in to a class: real log-ins through the page's form and PAM, with accounts in the test's own /etc."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.hosting.accounts import PASSWORD, TEACHER, Account
from tests.hosting.hub import READY_S, REPO, class_folder, hub, session, wait_for_hub
from tests.hosting.visitor import Visitor

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start servers for others")
ADA = Account("ada")
STRANGER = Account("stranger", group="")
SERVICE = Account("service", more="--uid 500")
CLOSED = Account("closed", shell="/usr/sbin/nologin")
NEWS = "@jupyterlab/apputils-extension:notification"


async def tries(url: str) -> dict[str, int]:
    """Return the HTTP status of each account's log-in."""
    names = ["ada", "teacher", "stranger", "service", "closed", "root", "unheard-of"]
    answers = {}
    for name in names:
        async with Visitor(url) as visitor:
            answers[name] = await visitor.log_in(name, PASSWORD)
    async with Visitor(url) as visitor:
        answers["ada, wrongly"] = await visitor.log_in("ada", "no password")
    return answers


async def adas_visit(url: str, hub_process: subprocess.Popen) -> dict[str, object]:
    """Return what a learner who logged in on the page has and may do."""
    async with Visitor(url) as ada, session() as service:
        await ada.log_in("ada", PASSWORD)
        await ada.get("/hub/spawn")
        await asyncio.wait_for(_until_open(ada, "/user/ada"), READY_S)
        children = psutil.Process(hub_process.pid).children()
        servers = [one for one in children if "jupyterhub-singleuser" in " ".join(one.cmdline())]
        seen = {
            "uids": [one.uids() for one in servers],
            "gids": [one.gids() for one in servers],
            "admin": (await ada.get("/hub/admin"))[0],
            "news": (await ada.get(f"/user/ada/lab/api/settings/{NEWS}"))[1],
            "recorded": (await ada.get("/user/ada/static/recorded/index.html")),
        }
        async with service.post(f"{url}/hub/api/users/service") as answer:
            seen["service as learner"] = answer.status
        return seen


async def _until_open(visitor: Visitor, server: str) -> None:
    while (await visitor.get(f"{server}/api/me"))[0] != 200:
        await asyncio.sleep(0.3)
        await visitor.get(f"{server}/lab")  # the page on which the server sets its cookie


async def teachers_visit(url: str) -> tuple[int, str]:
    async with Visitor(url) as teacher:
        await teacher.log_in(TEACHER.name, PASSWORD)
        return await teacher.get("/hub/admin")


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Yield the results of all visits to one class."""
    pages = tmp_path_factory.mktemp("site")
    pages.chmod(0o755)
    (pages / "index.html").write_text("a recorded run")
    with class_folder() as folder, hub(folder, [ADA, STRANGER, SERVICE, CLOSED], site=pages) as (url, process):

        async def visits():
            async with session() as service:
                await wait_for_hub(service, url, process)
            return await tries(url), await adas_visit(url, process), await teachers_visit(url)

        try:
            yield asyncio.run(visits())
        except BaseException:
            print(Path(folder, "hub.log").read_text()[-6000:])
            raise


def test_who_is_named_comes_in(seen):
    """A learner of the group and the teacher can log in."""
    assert (302, 302) == (seen[0]["ada"], seen[0]["teacher"])


@pytest.mark.parametrize("who", ["stranger", "service", "closed", "root", "unheard-of", "ada, wrongly"])
def test_nobody_else_does(seen, who):
    """Everybody else is refused with 403, also root and service accounts with the right password."""
    assert 403 == seen[0][who]


def test_a_server_is_the_learners_own(seen):
    """The server runs with all uids and gids of the learner's account; a teacher cannot add a service account."""
    ada = seen[1]

    assert 1 == len(ada["uids"])
    assert 1000 <= min(*ada["uids"][0], *ada["gids"][0])
    assert 400 == ada["service as learner"]


def test_the_teacher_looks_after_all(seen):
    """The teacher may open the admin page; a learner may not."""
    assert 403 == seen[1]["admin"]
    assert 200 == seen[2][0]
    assert "admin" in seen[2][1].lower()


def test_a_learner_has_the_labs_settings(seen):
    """The server has the lab's settings: JupyterLab does not ask about news, and the recorded runs are there."""
    assert '"fetchNews": "false"' in seen[1]["news"] or '"default": "false"' in seen[1]["news"]
    assert (200, "a recorded run") == seen[1]["recorded"]


def test_a_class_that_names_nobody_does_not_start(tmp_path):
    """A hub for accounts and groups that do not exist ends, and its last line names them."""
    command = [sys.executable, "-m", "jupyterhub", "-f", REPO / "binder/hub/jupyterhub_config.py"]
    more = {"NSLAB_HUB": str(tmp_path), "NSLAB_LEARNERS": "@nobodies-group all", "NSLAB_TEACHERS": "root"}

    done = subprocess.run(
        command, env={**os.environ, **more}, capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert 1 == done.returncode
    assert "nobody here is called @nobodies-group, root" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
