"""The virtual machine: boot, run the lessons through its own Jupyter server, shut down by Ctrl-C, boot again.

Runs if NSLAB_VM names the folder of `binder/vm build` (`make test-vm`); without KVM that takes some minutes.
"""

import asyncio
import os
import re
import shutil
import signal
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
ALL = [f"en/{path.name}" for path in sorted((REPO / "notebooks/en").glob("*.ipynb"))]
AGAIN = ["zh/3-by-hand.ipynb", "en/2-containers.ipynb"]
LARGEST_B = 2.5e9
NETEM = "set -e; ip link add dev a type veth peer name b; tc qdisc add dev a root netem delay 50ms; "
NETEM += "ip link add dev x type bridge vlan_filtering 1; ip link add link a name a.10 type vlan id 10; "
NETEM += "ip link del dev a"
KEPT = f"kept-{uuid4().hex}"


class Machine:
    """A machine that `binder/vm run` has booted, with the address and the token that it printed."""

    def __init__(self):
        self.port, began = free_port(), time.monotonic()
        environment = {**os.environ, "PORT": str(self.port), "RESTRICT": "yes"}
        self.process = subprocess.Popen(
            [REPO / "binder/vm", "run", FOLDER], env=environment, stdout=-1, text=True, start_new_session=True
        )
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if found := re.search(r"(http://\S+\?token=)(\w+)", line):
                self.address, self.token = found[0], found[2]
                break
        else:
            raise RuntimeError("it did not boot")
        print(f"booted in {time.monotonic() - began:.0f} s")

    def end(self):
        """Send SIGINT to the process group, as Ctrl-C does; return the rest of the output, and the exit status."""
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        said = self.process.stdout.read()
        status = self.process.wait()
        print(f"shut down in {time.monotonic() - began:.0f} s")
        return said, status

    def addresses(self):
        """Return the local addresses on which the emulator listens."""
        emulator = psutil.Process(int(Path(FOLDER, "pid").read_text()))
        return {one.laddr.ip for one in emulator.net_connections("inet") if one.status == psutil.CONN_LISTEN}

    async def teach(self, lessons):
        """Run the lessons, the doctor, and commands that need a distribution's kernel; return the results."""
        headers = {"Authorization": f"token {self.token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(300)) as session:
            saw = {}
            for lesson in lessons:
                learner = Guest(f"http://127.0.0.1:{self.port}", "learner", session)
                saw[lesson] = await learner.run_notebook(lesson)
            saw["doctor"] = await learner.run("print(lab_doctor().degraded_lessons)")
            saw["netem"] = await learner.run(f"import subprocess\nsubprocess.run('{NETEM}', shell=True).returncode")
            async with session.get(self.address) as answer:
                saw["page"] = answer.url.path, await answer.text()
            async with session.get(f"{learner.server}/api/contents/") as answer:
                saw["folder"] = {one["name"] for one in (await answer.json())["content"]}
            saw["kept"] = await learner.run(f"from pathlib import Path\nprint(Path('{KEPT}').exists())")
            await learner.run(f"Path('{KEPT}').write_text('a second before the end')")
            await asyncio.sleep(1)
        return saw


class Guest(Learner):
    """A learner who uses the server in the machine, without a hub."""

    def __init__(self, url, name, session):
        super().__init__(url, name, session)
        self.server = url


def test_what_is_missing_is_told_before_the_build(tmp_path):
    """`make vm` says that QEMU is missing before the build, which takes minutes."""
    for program in ("make", "dirname", "python3"):
        (tmp_path / program).symlink_to(shutil.which(program))

    done = subprocess.run(
        ["make", "vm"], cwd=REPO, env={**os.environ, "PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )

    assert 0 != done.returncode
    assert "nslab: a program is missing: sudo apt-get install" in done.stderr
    assert "qemu-system-x86 curl" in done.stderr
    assert "binder/vm build" not in done.stdout


@pytest.mark.skipif(not FOLDER, reason="NSLAB_VM names no machine (make test-vm)")
def test_lessons_run_before_and_after_a_reboot():
    """Both times all cells pass, netem and VLANs work; a file saved just before Ctrl-C and the token are kept."""
    tokens, looks, addresses, ends = [], [], set(), []
    for lessons in (ALL, AGAIN):
        machine = Machine()
        try:
            looks.append(asyncio.run(machine.teach(lessons)))
            tokens.append(machine.token)
            addresses |= machine.addresses()
        finally:
            ends.append(machine.end())

    for lessons, saw in zip((ALL, AGAIN), looks, strict=True):
        for lesson in lessons:
            assert [] == [(code, shown) for code, status, shown in saw[lesson] if status != "ok"]
        assert "0" == saw["netem"][1]["text/plain"]
        assert "()\n" == saw["doctor"][1]["stream"]
        assert "/lab/tree/en/0-welcome.ipynb" == saw["page"][0]
        assert "<title>JupyterLab</title>" in saw["page"][1]
        assert {"en", "zh"} == saw["folder"]
    for said, status in ends:
        assert 0 == status
        assert "the machine is off; what was saved in it is kept" in said.splitlines()[-1]
    assert re.search("by KVM|without KVM", machine.said)
    assert tokens[0] == tokens[1]
    assert ["False\n", "True\n"] == [saw["kept"][1]["stream"] for saw in looks]
    assert {"127.0.0.1"} == addresses
    assert Path(FOLDER, "root.ext4").stat().st_blocks * 512 < LARGEST_B
