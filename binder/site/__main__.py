"""Runs every lesson, and writes each as one self-contained page.

    python -m binder.site [FOLDER]     into FOLDER, or site/

Each page contains its pictures, its style and its script. A live widget becomes a still picture of its last state.
Where the machine lacks what a lesson needs, the page says from where on no cell was run. Where Linux refuses a lab,
nothing is written, and the reason is printed.
"""

import sys
from pathlib import Path

from binder.site.pages import write
from nslab_kernel.sandbox.host_policy import reason_and_remedy
from nslab_kernel.sandbox.isolate import Refused
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

REPO = Path(__file__).parents[2]


def main(arguments: list[str]) -> int:
    """Write the site; return the exit status."""
    folder = Path(arguments[0]) if arguments else REPO / "site"
    try:
        sandbox_run(lambda: None)
    except Refused as refused:
        print("nslab: the lessons cannot run here.", *reason_and_remedy(refused), sep="\n    ", file=sys.stderr)
        return 1
    pages = write(folder)
    size = sum(page.stat().st_size for page in pages)
    print(f"nslab: {len(pages)} pages, {size / 1e6:.1f} MB. Open {folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
