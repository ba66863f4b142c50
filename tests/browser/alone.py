"""Runs a visit where nothing leaves the machine: server and browser in a network namespace of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.browser.lab_page import CHROMIUM
from tests.notebooks.executed import give_up, require_sandbox

ROOT = Path(__file__).parents[2]
_USERS = ["--user", "--map-users=0,0,65536", "--map-groups=0,0,65536"] if os.geteuid() == 0 else ["-Ur"]
"""Root gives numbers besides its own, without which there is no lab for root."""
ALONE = ["unshare", *_USERS, "-nmpf", "--mount-proc", "--kill-child"]
ALONE += ["sh", "-c", 'ip link set dev lo up && exec "$@"', "sh"]
LIMIT_S = 1800
SEEN = "seen.json"


def visited(module: str, language: str, folder: Path, prefix: Sequence[str] = ALONE) -> dict[str, Any]:
    """Return what a visit has left in its folder, or `failed`, with why.

    Args:
        module: Run as `python -m MODULE LANGUAGE FOLDER`.
        language: Of the notebooks.
        folder: An empty one.
        prefix: How to start it.
    """
    require_sandbox()
    if not Path(CHROMIUM).exists():
        give_up(f"There is no {CHROMIUM}: install the package chromium.")
    command = [*prefix, sys.executable, "-m", module, language, str(folder)]
    done = subprocess.run(command, cwd=ROOT, timeout=LIMIT_S, check=False, capture_output=True, text=True)
    if done.returncode:
        return {"failed": f"{done.stdout}{done.stderr}"}
    return json.loads((folder / SEEN).read_text())
