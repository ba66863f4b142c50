"""One visit a language serves all tests of it.

Server and browser live in a network namespace of their own, so that nothing leaves the machine.
Screenshots are kept in tests/browser/screenshots for whoever wants to look.
"""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab_page import CHROMIUM
from tests.browser.visit import SEEN
from tests.notebooks.executed import give_up, require_sandbox

ROOT = Path(__file__).parents[2]
ALONE = ["unshare", "-Urnmpf", "--mount-proc", "--kill-child", "sh", "-c", 'ip link set dev lo up && exec "$@"', "sh"]
LIMIT_S = 600


@pytest.fixture(scope="session")
def part(tmp_path_factory):
    """Return a function that gives what was seen of one part, `live` or a lesson, in one language."""

    @cache
    def visited(language: str) -> dict[str, Any]:
        require_sandbox()
        if not Path(CHROMIUM).exists():
            give_up(f"There is no {CHROMIUM}: install the package chromium.")
        folder = tmp_path_factory.mktemp(f"visit-{language}")
        command = [*ALONE, sys.executable, "-m", "tests.browser.visit", language, str(folder)]
        done = subprocess.run(command, cwd=ROOT, timeout=LIMIT_S, check=False, capture_output=True, text=True)
        if done.returncode:
            return {"failed": f"{done.stdout}{done.stderr}"}
        return json.loads((folder / SEEN).read_text())

    def seen(name: str, language: str) -> dict[str, Any]:
        everything = visited(language)
        found = everything if "failed" in everything else everything[name]
        if "failed" in found:
            pytest.fail(f"The visit failed:\n{found['failed']}", pytrace=False)
        return found

    return seen
