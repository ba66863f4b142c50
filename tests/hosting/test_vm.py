"""The virtual machine: booted, the lessons run in it through its own Jupyter server, rebooted, run again.

Runs where NSLAB_VM names what `binder/vm build` made (`make test-vm`); without KVM that takes some minutes.
"""

import asyncio
import os
import re
import subprocess
import time
from pathlib import Path
from uuid import uuid4

import aiohttp
import psutil
import pytest

from tests.hosting.hub import Learner, free_port

REPO = Path(__file__).parents[2]
FOLDER = os.environ.get("NSLAB_VM", "")
pytestmark = pytest.mark.skipif(not FOLDER, reason="NSLAB_VM names no machine (make test-vm)")
ALL = [f"en/{path.name}" for path in sorted((REPO / "notebooks/en").glob("*.ipynb"))]
AGAIN = ["en/2-containers.ipynb", "zh/3-by-hand.ipynb"]
LARGEST_B = 2.5e9
NETEM = "set -e; ip link add dev a type veth peer name b; tc qdisc add dev a root netem delay 50ms; "
NETEM += "ip link add dev x type bridge vlan_filtering 1; ip link add link a name a.10 type vlan id 10; "
NETEM += "ip link del dev a"
KEPT = f"kept-{uuid4().hex}"


class Machine:
    """A booted machine."""

    def __init__(self):
        self.port, began = free_port(), time.monotonic()
        environment = {**os.environ, "PORT": str(self.port), "RESTRICT": "yes"}
        self.process = subprocess.Popen([REPO / "binder/vm", "run", FOLDER], env=environment, stdout=-1, text=True)
        for line in self.process.stdout:
            if found := re.search(r"token=(\w+)", line):
                self.token = found[1]
                break
        else:
            raise RuntimeError("it did not boot")
        self.boot_s = time.monotonic() - began
        print(f"booted in {self.boot_s:.0f} s")

    def end(self):
        """Power off from inside is the guest's; the host pulls the plug here, after it has synced."""
        self.process.terminate()
        self.process.wait(30)

    def addresses(self):
        """Return where the machine is to be reached on this one."""
        emulator = psutil.Process(int(Path(FOLDER, "pid").read_text()))
        return {one.laddr.ip for one in emulator.net_connections("inet") if one.status == psutil.CONN_LISTEN}

    async def teach(self, lessons):
        """Run the lessons, and the commands that a stock kernel alone has."""
        headers = {"Authorization": f"token {self.token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(300)) as session:
            saw = {}
            for lesson in lessons:
                learner = Guest(f"http://127.0.0.1:{self.port}", "learner", session)
                saw[lesson] = await learner.run_notebook(lesson)
            saw["doctor"] = await learner.run("print(lab_doctor().limping)")
            saw["netem"] = await learner.run(f"import subprocess\nsubprocess.run('{NETEM}', shell=True).returncode")
            saw["kept"] = await learner.run(f"from pathlib import Path\nprint(Path.home().joinpath('{KEPT}').exists())")
            await learner.run(f"Path.home().joinpath('{KEPT}').touch()\nimport os\nos.sync()")
        return saw


class Guest(Learner):
    """A learner whose server stands in the machine, without a hub."""

    def __init__(self, url, name, session):
        super().__init__(url, name, session)
        self.server = url


def test_lessons_run_before_and_after_a_reboot():
    """Both times all cells pass; netem and VLANs work; what was saved is kept, and so is the token."""
    tokens, looks, addresses = [], [], set()
    for lessons in (ALL, AGAIN):
        machine = Machine()
        try:
            looks.append(asyncio.run(machine.teach(lessons)))
            tokens.append(machine.token)
            addresses |= machine.addresses()
        finally:
            machine.end()

    for lessons, saw in zip((ALL, AGAIN), looks, strict=True):
        for lesson in lessons:
            assert [] == [(code, shown) for code, status, shown in saw[lesson] if status != "ok"]
        assert "0" == saw["netem"][1]["text/plain"]
        assert "()\n" == saw["doctor"][1]["stream"]
    assert tokens[0] == tokens[1]
    assert ["False\n", "True\n"] == [saw["kept"][1]["stream"] for saw in looks]
    assert {"127.0.0.1"} == addresses
    assert Path(FOLDER, "root.ext4").stat().st_blocks * 512 < LARGEST_B
