"""Ten learners use a real JupyterHub at once; each has their own lab, and sees nobody else's."""

import asyncio
from pathlib import Path

import pytest

from tests.hosting.accounts import Account
from tests.hosting.hub import Learner, class_folder, hub, session, wait_for_hub
from tests.notebooks.executed import require_sandbox

LEARNERS, LESSON = 10, "en/3-by-hand.ipynb"
NAMES = [f"learner{number:02}" for number in range(LEARNERS)]


@pytest.fixture(scope="module")
def results():
    """Yield, by learner, the lesson's outputs, the namespaces visible at the end, and the host namespace's inode."""
    require_sandbox()
    accounts = [Account(name) for name in NAMES]
    with class_folder() as folder, hub(folder, accounts) as (url, process):
        try:
            yield asyncio.run(teach(url, process))
        except BaseException:
            print(Path(folder, "hub.log").read_text()[-6000:])
            raise


async def teach(url, process):
    async with session() as service:
        await wait_for_hub(service, url, process)
        learners = [Learner(url, name, service) for name in NAMES]
        await asyncio.gather(*(learner.come() for learner in learners))
        saw = await asyncio.gather(*(learner.run_notebook(LESSON) for learner in learners))
        # Each learner makes a namespace with the learner's name; when all have done so, each lists namespaces.
        await asyncio.gather(*(learner.run(f"netns_add('{learner.name}')") for learner in learners))
        looks = await asyncio.gather(*(learner.run("print(*snapshot().namespaces)") for learner in learners))
        inodes = await asyncio.gather(
            *(learner.run("import os; print(os.stat('/proc/self/ns/net').st_ino)") for learner in learners)
        )
        await asyncio.gather(*(learner.leave() for learner in learners))
    return dict(zip(NAMES, zip(saw, looks, inodes, strict=True), strict=True))


def test_all_pass(results):
    """Lesson 3 runs without an error for each learner, with pictures and pings."""
    for name, (saw, _, _) in results.items():
        assert [] == [(name, code, shown) for code, status, shown in saw if status != "ok"]
        assert 5 < sum("svg+xml" in shown.get("text/html", "") for _, _, shown in saw)
        assert any("icmp_seq=1" in shown.get("text/plain", "") for _, _, shown in saw)


def test_none_sees_another(results):
    """Each learner sees only the own namespace, and the ten hosts are ten network namespaces."""
    for name, (_, (_, look), _) in results.items():
        assert name in look["stream"]
        assert not [other for other in results if other != name and other in look["stream"]]
    assert LEARNERS == len({inode["stream"] for _, _, (_, inode) in results.values()})
