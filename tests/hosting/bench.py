"""Measures a class on one machine: 1, 10, 30 learners who come to a JupyterHub at once and run lesson 3.

    python tests/hosting/bench.py [LEARNERS ...]
Memory is PSS: what is shared is shared out. Prints a table in Markdown; nothing is asserted.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import psutil

REPO = Path(__file__).parents[2]
sys.path.insert(0, str(REPO))
from tests.hosting.hub import Learner, hub, session, wait_for_hub  # noqa: E402

LESSON = "en/3-by-hand.ipynb"
COUNTS = (1, 10, 30)


def pss_mb(root: psutil.Process) -> dict[str, tuple[int, float]]:
    """Return number and memory of the hub's processes, by what they are."""
    found: dict[str, list[float]] = {}
    for process in [root, *root.children(recursive=True)]:
        try:
            words = " ".join(process.cmdline())
            size = process.memory_full_info().pss / 1e6
        except psutil.Error:
            continue
        found.setdefault(_kind(words), []).append(size)
    return {kind: (len(sizes), sum(sizes)) for kind, sizes in found.items()}


def _kind(words: str) -> str:
    names = {"singleuser": "servers", "sandbox.launcher": "labs", "http-proxy": "proxy", "idle_culler": "culler"}
    return next((kind for word, kind in names.items() if word in words), "hub")


async def measure(count: int, url: str, process: subprocess.Popen) -> str:
    """Return a line of the table."""
    async with session() as service:
        await wait_for_hub(service, url, process)
        learners = [Learner(url, f"learner{number:02}", service) for number in range(count)]
        began = time.monotonic()
        come = await asyncio.gather(*(learner.come() for learner in learners), return_exceptions=True)
        ready_s = time.monotonic() - began
        here = [learner for learner in come if isinstance(learner, Learner)]
        saw = await asyncio.gather(*(learner.run_notebook(LESSON) for learner in here), return_exceptions=True)
        done_s = time.monotonic() - began
        passed = [cells for cells in saw if isinstance(cells, list) and all(status == "ok" for _, status, _ in cells)]
        memory = pss_mb(psutil.Process(process.pid))
    pictures = [learner.picture_s for learner in here if learner.picture_s]
    servers, labs = (memory.get(kind, (0, 0.0)) for kind in ("servers", "labs"))
    total = sum(size for _, size in memory.values())
    each = (servers[1] + labs[1]) / max(1, len(here))
    return (
        f"| {count} | {len(passed)} | {ready_s:.0f} | {median(pictures or [0]):.0f} | {max(pictures or [0]):.0f} "
        f"| {done_s:.0f} | {each:.0f} | {total / 1000:.1f} |"
    )


def main(arguments: list[str]) -> None:
    """Print the table."""
    print("| learners | passed | all servers ready, s | picture: median, s | picture: last, s | all done, s ", end="")
    print("| MB a learner | GB in all |\n|---|---|---|---|---|---|---|---|", flush=True)
    for count in map(int, arguments or COUNTS):
        with tempfile.TemporaryDirectory() as folder, hub(Path(folder)) as (url, process):
            print(asyncio.run(measure(count, url, process)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
