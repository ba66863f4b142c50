"""The attacked machine's root: furnishes it, starts the services and Jupyter, and does what the tests ask for.

    python -m tests.attack.host LAUNCH

Each line of its standard input asks, as JSON, and is answered by one line.
"""

import json
import os
import subprocess
import sys
from typing import Any

from tests.attack import standins, world

_USER = ("setpriv", f"--reuid={world.UID}", f"--regid={world.UID}", "--clear-groups", "--inh-caps=-all")


def main(name: str) -> None:
    """Serve until nobody asks any more."""
    launch = world.LAUNCHES[name]
    standins.furnish(launch)
    witness = standins.Witness(launch)
    standins.serve(launch, witness)
    standins.hold_a_key()
    sleeper = subprocess.Popen(["sleep", "infinity"] if launch.root else [*_USER, "sleep", "infinity"])
    jupyter = _start_jupyter(launch, name, sleeper.pid)
    for line in sys.stdin:
        asked = json.loads(line)
        answer = _enter_as_root(asked["enter"]) if "enter" in asked else _pass_on(jupyter, line)
        print(json.dumps(answer | {"witnessed": witness.report()}), flush=True)


def _start_jupyter(launch: world.Launch, name: str, sleeper: int) -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "tests.attack.jupyter", name, str(sleeper)]
    return subprocess.Popen(
        words if launch.root else [*_USER, *words],
        env=world.environment(launch, os.environ["PATH"]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _pass_on(jupyter: "subprocess.Popen[str]", line: str) -> dict[str, Any]:
    assert jupyter.stdin and jupyter.stdout
    jupyter.stdin.write(line)
    jupyter.stdin.flush()
    answer: dict[str, Any] = json.loads(jupyter.stdout.readline() or '{"error": "Jupyter ended"}')
    return answer


def _enter_as_root(limit_s: float) -> dict[str, Any]:
    """Run `nslab enter` as root, and return what it printed."""
    words = [sys.executable, "-m", "nslab_kernel", "enter"]
    variables = os.environ | {"SHELL": "/bin/bash", "ROOTS_TOKEN": world.SECRET, "NSLAB_LANG": "en"}
    try:
        done = subprocess.run(
            words,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired as ended:
        return {"printed": (ended.stdout or b"").decode()}
    return {"printed": done.stdout}


if __name__ == "__main__":
    main(sys.argv[1])
