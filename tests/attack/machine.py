"""The tests' side of a machine to attack; see build.sh and host.py."""

import inspect
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.attack.world import LAUNCHES
from tests.live.sandbox.launches import REPO

LAB, BESIDE = "nslab", "nslab by ipc"
"""The kernel whose sandbox is attacked, and another lab of the same account."""
PLAIN, NAMED = "python3", "python3 by ipc"
"""Kernels without a sandbox, for the controls: one reached over TCP, one over Unix sockets in the file system."""


@dataclass(frozen=True)
class Outcome:
    """The result of an attack: what it reports, what the machine witnessed, and the error if its cell failed."""

    achieved: tuple[str, ...]
    witnessed: tuple[str, ...]
    error: str = ""
    said: str = ""
    length: int = 0

    @property
    def harms(self):
        return (*self.achieved, *self.witnessed)


class Machine:
    """A machine in which Jupyter runs."""

    def __init__(self, name, process):
        self.name, self.launch, self._process = name, LAUNCHES[name], process

    def attack(self, kernel, function, *arguments):
        """Run a function of from_inside/ as a cell."""
        source = Path(inspect.getfile(function)).read_text()
        answer = self.ask("attack", kernel=kernel, source=source, call=function.__name__, arguments=arguments)
        return Outcome(
            tuple(answer.get("achieved", ())),
            tuple(answer["witnessed"]),
            answer.get("error", ""),
            answer.get("said", ""),
            answer.get("length", 0),
        )

    def ask(self, do, **asked):
        """Call a method of `jupyter.Jupyter` in the machine, or have host.py do something, and return the answer."""
        self._process.stdin.write(json.dumps({"do": do, **asked}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "The machine ended."
        return json.loads(line)


@contextmanager
def machine(name):
    """Yield a new machine; it ends with all its processes."""
    folders = "\n".join(sorted({sys.base_prefix, sys.prefix, str(REPO)}))  # a folder inside another one comes after it
    container = ["unshare", *LAUNCHES[name].container, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    words = ["unshare", "--mount", "--propagation", "private", "sh", str(REPO / "tests/attack/build.sh"), folders]
    words += [*container, "--net", "--uts", "--ipc", sys.executable, "-m", "tests.attack.host", name]
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    variables = {"PATH": path, "LANG": "C.UTF-8", "HOME": "/root"}
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPO, env=os.environ | variables
    ) as process:
        yield Machine(name, process)
        process.stdin.close()
