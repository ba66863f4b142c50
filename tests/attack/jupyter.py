"""The learner's Jupyter in the attacked machine: notebooks with the kernel NS Lab and with a plain kernel.

    python -m tests.attack.jupyter LAUNCH SLEEPER

host.py starts it as the user of the launch. SLEEPER is the PID of a process of that user that no cell may touch.
"""

import json
import os
import queue
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.attack import world
from tests.attack.machine import NAMED, PLAIN
from tests.live.sandbox.notebook import Notebook

CELL_S, _KNOCK_S = 20, 0.3
_COOKIE = 71  # SO_NETNS_COOKIE of socket(7)
_PREFIX = "\x1eachieved "


class Jupyter:
    """The notebooks, by the name of their kernel; each notebook starts at the first request for it."""

    def __init__(self, launch: world.Launch, sleeper: int) -> None:
        self._launch, self._open = launch, dict[str, Notebook]()
        self._facts = _facts(launch) | {"sleeper": sleeper}

    def attack(self, kernel: str, source: str, call: str, arguments: list[Any]) -> dict[str, Any]:
        """Run an attack as a cell; return what the attack reports as achieved, or how the cell failed."""
        facts = self._facts | {"plain": kernel in (PLAIN, NAMED)}
        cell = f"import json as _json, types as _types\nexec({source!r}, _scope := {{}})\n"
        cell += f"_machine = _types.SimpleNamespace(**_json.loads({json.dumps(facts)!r}))\n"
        cell += f"print({_PREFIX!r} + _json.dumps(_scope[{call!r}](_machine, *_json.loads({json.dumps(arguments)!r}))))"
        try:
            shown = self._notebook(kernel).run(cell, limit_s=CELL_S)
        except (TimeoutError, RuntimeError, queue.Empty) as ended:
            self.end(kernel)
            return {"achieved": [], "error": f"the notebook did not answer any more: {ended!r}"}
        said, found, achieved = shown.rpartition(_PREFIX)
        if not found:
            return {"achieved": [], "error": shown[-2000:]}
        return {"achieved": json.loads(achieved), "error": "", "said": said[:4000], "length": len(shown)}

    def first(self, kernel: str) -> dict[str, Any]:
        """Restart a notebook; return what its first cell shows."""
        self.end(kernel)
        return {"said": self._notebook(kernel).run("print('the cell itself')", limit_s=CELL_S)}

    def knock(self, kernel: str) -> dict[str, Any]:
        """Open a new connection to each port of a notebook, as another page of this notebook does."""
        connection = self._notebook(kernel).manager.get_connection_info()
        for name, port in connection.items():
            if name.endswith("_port"):
                with suppress(OSError), _connected(connection, port) as knocking:
                    knocking.sendall(world.MARK.encode())
                    knocking.settimeout(_KNOCK_S)
                    knocking.recv(100)
        return {}

    def end(self, kernel: str) -> dict[str, Any]:
        """End a notebook if it runs."""
        notebook = self._open.pop(kernel, None)
        if notebook:
            notebook.client.stop_channels()
            notebook.manager.shutdown_kernel(now=True)
        return {}

    def _notebook(self, kernel: str) -> Notebook:
        if kernel not in self._open:
            name, _, transport = kernel.partition(" by ")
            where = {"folder": self._launch.runtime, "cwd": self._launch.notebooks, "transport": transport or "tcp"}
            self._open[kernel] = Notebook(name=name, **where).wait()
        return self._open[kernel]


def _connected(connection: dict[str, Any], port: int) -> socket.socket:
    if connection["transport"] == "tcp":
        return socket.create_connection((connection["ip"], port), timeout=1)
    knocking = socket.socket(socket.AF_UNIX)
    knocking.connect(f"{connection['ip']}-{port}")
    return knocking


def _facts(launch: world.Launch) -> dict[str, Any]:
    """Return what an attacker may know about the machine."""
    with socket.socket() as here:
        cookie = int.from_bytes(here.getsockopt(socket.SOL_SOCKET, _COOKIE, 8), sys.byteorder)
    namespaces = {path.name: path.stat().st_ino for path in Path("/proc/self/ns").iterdir()}
    return {
        "secret": world.SECRET,
        "mark": world.MARK,
        "addresses": [(address, world.PORT) for address in world.ADDRESSES],
        "abstract": world.ABSTRACT,
        "sockets": launch.sockets,
        "shm_key": world.SHM_KEY,
        "devices": list(world.DEVICES),
        "home": launch.home,
        "notebooks": launch.notebooks,
        "runtime": launch.runtime,
        "hidden": [world.COVERED, f"{launch.runtime}/jpserver-77.json", *(f"/dev/{name}" for name in world.DEVICES)],
        "kept": [*world.KEPT, "/etc/passwd", f"{launch.home}/.bashrc"],
        "cookie": cookie,
        "namespaces": namespaces,
    }


def main(name: str, sleeper: str) -> None:
    """Answer requests until the standard input ends."""
    os.umask(0o022)
    jupyter = Jupyter(world.LAUNCHES[name], int(sleeper))
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(getattr(jupyter, asked.pop("do"))(**asked)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
