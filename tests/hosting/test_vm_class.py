"""A class on a machine with systemd, installed by the commands of binder/README.md, with real accounts and log-ins.

The machine is that of `make test-vm` without the lab; its disk image stays unchanged. It installs from the registries
of Debian, Python and Node.js.
"""

import asyncio
import os
import re
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.hosting.hub import READY_S, REPO, TOKEN, Learner, session
from tests.hosting.root_machine import RootMachine, quoted
from tests.hosting.visitor import Visitor

FOLDER = os.environ.get("NSLAB_VM", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="NSLAB_VM names no machine (make test-vm)")
PASSWORDS = {"ada": "ada's own word", "bob": "bob's own word", "grace": "grace's own word"}
LESSON = "en/3-by-hand.ipynb"
CERTIFICATES = os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")
GREEDY = """import subprocess, sys
print(subprocess.run([sys.executable, "-c", "x = b'x' * 1500000000"]).returncode)"""
FORKING = """import subprocess
started = []
try:
    while len(started) < 600:
        started.append(subprocess.Popen(["sleep", "600"]))
except BlockingIOError as error:
    print("refused", len(started))
for one in started:
    one.kill()
    one.wait()"""
BUSY = """import subprocess, sys
for one in [subprocess.Popen([sys.executable, "-c", "for n in range(30_000_000): pass"]) for _ in range(2)]:
    one.wait()"""


def install_lines():
    """Return the commands that the README gives for a class, without comments; the last one starts the hub."""
    text = (REPO / "binder/README.md").read_text(encoding="utf-8")
    block = re.search(r"in a clone at `/opt/nslab/src`:\n\n```\n(.*?)\n```", text, re.DOTALL)[1]
    return [line.partition(" #")[0].rstrip() for line in block.splitlines()]


def archive(place):
    """Write an archive of the files that git tracks, which a clone would have."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True).stdout
    subprocess.run(["tar", "--null", "-T", "-", "-cf", place], cwd=REPO, input=listed, check=True)


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """Yield a machine in which the class is installed, and its hub started."""
    own = tmp_path_factory.mktemp("machine")
    archive(own / "clone.tar")
    carried = {"clone.tar": own / "clone.tar", "ca.pem": Path(CERTIFICATES)}
    started = RootMachine(Path(FOLDER), own, 8000, carried)
    try:
        install(started)
        yield started
    finally:
        started.end()


def install(machine):
    """Install the class as the README says, and start its hub."""
    machine.must("/usr/lib/systemd/systemd-networkd-wait-online --timeout=120")
    # The machine uses this computer's certificates for the registries, because Debian's may not be enough.
    machine.must("export PIP_CERT=/carried/ca.pem SSL_CERT_FILE=/carried/ca.pem NODE_EXTRA_CA_CERTS=/carried/ca.pem")
    machine.must("rm -rf /opt/nslab && mkdir -p /opt/nslab/src && cd /opt/nslab/src && tar -xf /carried/clone.tar")
    machine.must("apt-get update")
    for name, password in PASSWORDS.items():
        machine.must(f"printf '%s\\n%s\\n' {quoted(password)} {quoted(password)} | adduser --quiet --comment '' {name}")
    *lines, last = install_lines()
    for line in lines:
        machine.must(line, limit_s=3600)
    machine.must("usermod -aG nslab bob")
    patience = f"--Spawner.start_timeout={patience_s(machine)} --Spawner.http_timeout={patience_s(machine)}"
    # 10.0.2.15 is the address that QEMU gives to the machine.
    given = f"NSLAB_BIND=http://10.0.2.15:8000 NSLAB_HUB_TOKEN={TOKEN}"
    machine.must(f"{given} {last} {patience} >/root/hub.log 2>&1 &")


def patience_s(machine):
    """Return how long to wait for a server: an emulated machine is slow, in proportion to the time of its boot."""
    return max(READY_S, int(10 * machine.boot_s))


async def enters(visitor, name, limit_s):
    """Log in by the page, and wait for the server as a browser does."""
    assert 302 == await visitor.log_in(name, PASSWORDS[name])
    await visitor.get("/hub/spawn")
    deadline = asyncio.get_running_loop().time() + limit_s
    while (await visitor.get(f"/user/{name}/api/me"))[0] != 200:
        assert asyncio.get_running_loop().time() < deadline, f"{name} has no server"
        await asyncio.sleep(1)
        await visitor.get(f"/user/{name}/lab")  # the page on which the server sets its cookie


async def until_it_answers(visitor, limit_s):
    for _ in range(limit_s):
        try:
            if (await visitor.get("/hub/login"))[0] == 200:
                return
        except (OSError, aiohttp.ClientError):  # QEMU accepts connections before the hub listens
            pass
        await asyncio.sleep(1)
    raise TimeoutError("the hub does not answer")


async def lesson(machine, name, service):
    """Log in by the page, run the lesson and save a file; return the learner and the outputs."""
    async with Visitor(machine.url) as visitor:
        await enters(visitor, name, patience_s(machine))
        learner = Learner(machine.url, name, service)
        saw = await learner.run_notebook(LESSON)
        await learner.run("from pathlib import Path; Path('mine.txt').write_text('mine')")
        return learner, saw


async def first_day(machine):
    """Let three learners run the lesson at once, then let ada exceed each limit; return the results."""
    seen = {}
    async with session() as service:
        async with Visitor(machine.url) as visitor:
            await until_it_answers(visitor, patience_s(machine))
            seen["ada by bob's word"] = await visitor.log_in("ada", PASSWORDS["bob"])
        came = await asyncio.gather(*(lesson(machine, name, service) for name in PASSWORDS))
        seen["lessons"] = [saw for _, saw in came]
        ada = came[0][0]
        seen["greedy"], seen["forking"] = await ada.run(GREEDY), await ada.run(FORKING)
        before = throttled(machine, "ada")
        await ada.run(BUSY)
        seen["throttled"] = throttled(machine, "ada") - before
        seen["after all that"] = await ada.run("print(6 * 7)")
    return seen


def throttled(machine, name):
    """Return how often the kernel has throttled the processor use of a learner's server."""
    said = machine.must(f"cat /sys/fs/cgroup/system.slice/jupyter-{name}-singleuser.service/cpu.stat")
    return int(re.search(r"nr_throttled (\d+)", said)[1])


async def next_day(machine):
    async with session() as service, Visitor(machine.url) as visitor:
        await enters(visitor, "ada", patience_s(machine))
        learner = Learner(machine.url, "ada", service)
        await learner.open(LESSON)
        return await learner.run("from pathlib import Path; print(Path('mine.txt').read_text())")


def running(machine):
    return re.findall(
        r"jupyter-(\w+)-singleuser", machine.run("systemctl list-units --plain --no-legend 'jupyter-*'")[1]
    )


async def until_all_are_gone(machine):
    for _ in range(patience_s(machine)):
        if not running(machine):
            return
        await asyncio.sleep(1)


@pytest.fixture(scope="module")
def seen(machine):
    """Yield the results of the first day, which servers run after two idle hours, and what ada finds the next day."""
    try:
        found = asyncio.run(first_day(machine))
    except BaseException:
        print(machine.run("tail -50 /root/hub.log")[1])
        raise
    found["owners"] = machine.must("ps -o user= -p $(pgrep -d, -f jupyterhub-singleuser)").split()
    found["running"] = running(machine)
    machine.run("systemctl stop systemd-timesyncd")
    machine.must("date --set '2 hours'")
    machine.must("kill $(pgrep -f jupyterhub_idle_culler)")  # the hub restarts it, and it culls at once
    asyncio.run(until_all_are_gone(machine))
    found["two hours later"] = running(machine)
    found["next day"] = asyncio.run(next_day(machine))
    return found


def test_each_comes_in_by_his_own_word_and_does_the_lesson(seen):
    """Three learners log in at once and run the lesson as their own user; another learner's password is refused."""
    assert 403 == seen["ada by bob's word"]
    assert [[]] * 3 == [[cell for cell in saw if cell[1] != "ok"] for saw in seen["lessons"]]
    assert {"ada", "bob", "grace"} == set(seen["owners"]) == set(seen["running"])


def test_who_takes_too_much_is_stopped_and_goes_on(seen):
    """The limits of memory, tasks and processor hold, and the server and the notebook survive."""
    assert "-9\n" == seen["greedy"][1]["stream"]
    assert re.search(r"refused \d+", seen["forking"][1]["stream"])
    assert 0 < seen["throttled"]
    assert "42\n" == seen["after all that"][1]["stream"]


def test_who_is_away_makes_room_and_comes_back(seen):
    """An idle server is stopped, and the saved file is there the next time."""
    assert [] == seen["two hours later"]
    assert "mine\n" == seen["next day"][1]["stream"]
