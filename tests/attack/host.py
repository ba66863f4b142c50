"""The attacked machine's root: prepares the machine, and starts services and Jupyter there.

    python -m tests.attack.host LAUNCH

Each line of its standard input is a request of the tests, as JSON, which it answers by one line of JSON.
"""

import json
import os
import pty
import select
import subprocess
import sys
import time
import tty
from collections.abc import Callable
from typing import Any

from nslab_kernel.sandbox.enter import running_labs
from tests.attack import standins, world

ENTER_S = 5
_NSLAB = [sys.executable, "-m", "nslab_kernel", "enter"]
_USER = ("setpriv", f"--reuid={world.UID}", f"--regid={world.UID}", "--clear-groups", "--inh-caps=-all")


def main(name: str) -> None:
    """Prepare the machine, and answer requests until the standard input ends."""
    launch = world.LAUNCHES[name]
    standins.furnish(launch)
    witness = standins.Witness(launch)
    standins.serve(launch, witness)
    standins.hold_a_key()
    sleeper = subprocess.Popen(["sleep", "infinity"] if launch.root else [*_USER, "sleep", "infinity"])
    jupyter = _start_jupyter(launch, name, sleeper.pid)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _enter_as_root(asked["by"]) if asked["do"] == "enter" else _pass_on(jupyter, line)
        print(json.dumps(answer | {"witnessed": witness.report()}), flush=True)


def _start_jupyter(launch: world.Launch, name: str, sleeper: int) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "tests.attack.jupyter", name, str(sleeper)]
    return subprocess.Popen(
        [*_prefix(launch), *words],
        env=world.environment(launch, os.environ["PATH"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _prefix(launch: world.Launch) -> list[str]:
    if launch.capabilities:
        return ["setpriv", f"--bounding-set={launch.capabilities}", "--inh-caps=-all"]
    return [] if launch.root else list(_USER)


def _pass_on(jupyter: "subprocess.Popen[str]", line: str) -> dict[str, Any]:
    assert jupyter.stdin and jupyter.stdout
    jupyter.stdin.write(line)
    jupyter.stdin.flush()
    answer: dict[str, Any] = json.loads(jupyter.stdout.readline() or '{"error": "Jupyter ended"}')
    return answer


def _enter_as_root(by: str) -> dict[str, Any]:
    """Enter the lab as root at a terminal; return what was printed there, and what root's next prompt would read."""
    ours, roots = pty.openpty()
    tty.setraw(roots)  # so that typed letters can be read without Enter
    words = ["setsid", "--ctty", "--wait", *(_NSLAB if by == "nslab" else _by_nsenter())]
    variables = os.environ | {"SHELL": "/bin/bash", "ROOTS_TOKEN": world.SECRET, "NSLAB_LANG": "en"}
    visitor = subprocess.Popen(words, env=variables, stdin=roots, stdout=roots, stderr=roots)
    printed = _read(ours, lambda: visitor.poll() is not None)
    visitor.kill()
    visitor.wait()
    return {"printed": printed, "typed": _read(roots, lambda: True)}


def _by_nsenter() -> list[str]:
    """Return the command of a root who does not know nslab, and enters with all rights and descriptors."""
    (lab,) = running_labs()
    return ["nsenter", f"--target={lab.first}", "--mount", "--net", "--pid", "--", "/bin/bash"]


def _read(terminal: int, is_over: Callable[[], bool]) -> str:
    """Read from a terminal until nothing more comes and `is_over` says so, for at most `ENTER_S` seconds."""
    data, deadline = b"", time.monotonic() + ENTER_S
    while time.monotonic() < deadline:
        over = is_over()
        if select.select([terminal], [], [], 0.1)[0]:
            data += os.read(terminal, 4096)
        elif over:
            break
    return data.decode(errors="replace")


if __name__ == "__main__":
    main(sys.argv[1])
