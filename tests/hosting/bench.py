"""Measures a class on one machine: 1, 10, 30, 50 learners who start on a JupyterHub at once and run lesson 3.

    python tests/hosting/bench.py [LEARNERS ...]

Memory is PSS, which divides shared memory among its users. Without arguments it writes the table in
binder/README.md. Failures are printed, and nothing is asserted.
"""

import asyncio
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import psutil

REPO = Path(__file__).parents[2]
sys.path.insert(0, str(REPO))
from tests.hosting.accounts import Account  # noqa: E402
from tests.hosting.hub import Learner, class_folder, hub, session, wait_for_hub  # noqa: E402

LESSON = "en/3-by-hand.ipynb"
LAST = "lab_reset()"
"""The last cell, which is not run: it ends the learner's container engine, whose memory is to be measured."""
NEEDED_MB = 350
"""MB that a learner takes at most; a class for which the free memory is too small is not started."""
COUNTS = (1, 10, 30, 50)
README = REPO / "binder/README.md"
HEAD = """\
| learners | passed | servers ready, s | first picture, s | last one's, s | all done, s | MB a learner | GB in all |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


def pss_mb(root: psutil.Process) -> dict[str, tuple[int, float]]:
    """Return the number of the hub's processes and their memory in MB, by their kind."""
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
    names = {"singleuser": "servers", "nslab_kernel.sandbox": "labs", "dockerd": "engines", "containerd": "engines"}
    return next((kind for word, kind in names.items() if word in words), "hub")


async def measure(count: int, url: str, process: subprocess.Popen) -> str:
    """Let `count` learners run the lesson at once; return a line of the table."""
    async with session() as service:
        await wait_for_hub(service, url, process)
        learners = [Learner(url, f"learner{number:02}", service) for number in range(count)]
        began = time.monotonic()
        come = await asyncio.gather(*(learner.come() for learner in learners), return_exceptions=True)
        ready_s = time.monotonic() - began
        here = [learner for learner in come if isinstance(learner, Learner)]
        saw = await asyncio.gather(*(learner.run_notebook(LESSON, LAST) for learner in here), return_exceptions=True)
        done_s = time.monotonic() - began
        _tell_failures([*come, *saw])
        passed = [cells for cells in saw if isinstance(cells, list) and all(status == "ok" for _, status, _ in cells)]
        memory = pss_mb(psutil.Process(process.pid))
    pictures = [learner.picture_s for learner in here if learner.picture_s]
    total = sum(size for _, size in memory.values())
    each = sum(memory.get(kind, (0, 0.0))[1] for kind in ("servers", "labs", "engines")) / max(1, len(here))
    return (
        f"| {count} | {len(passed)} | {ready_s:.0f} | {median(pictures or [0]):.0f} | {max(pictures or [0]):.0f} "
        f"| {done_s:.0f} | {each:.0f} | {total / 1000:.1f} |"
    )


def _tell_failures(results: list) -> None:
    for result in results:
        if isinstance(result, BaseException):
            print(f"failed: {result!r}", file=sys.stderr)
        elif isinstance(result, list):
            for code, status, shown in result:
                if status != "ok":
                    print(f"failed: {code!r}: {shown}", file=sys.stderr)


def main(arguments: list[str]) -> None:
    """Print the table; also write it into binder/README.md if no numbers were given."""
    lines = [HEAD]
    print(HEAD, flush=True)
    for count in map(int, arguments or COUNTS):
        if (wanted := count * NEEDED_MB * 1e6) > psutil.virtual_memory().available:
            print(f"{count} learners would take {wanted / 1e9:.0f} GB, which are not free: not run", file=sys.stderr)
            continue
        accounts = [Account(f"learner{number:02}") for number in range(count)]
        with class_folder() as folder, hub(folder, accounts) as (url, process):
            lines.append(asyncio.run(measure(count, url, process)))
            print(lines[-1], flush=True)
    if not arguments:
        text = README.read_text(encoding="utf-8")
        start, end = "<!-- make bench-class -->\n", "<!-- end -->"
        before, _, rest = text.partition(start)
        README.write_text(f"{before}{start}{chr(10).join(lines)}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
