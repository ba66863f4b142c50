"""The kernel "NS Lab": an IPython kernel in a sandbox of its own.

    python -P -m nslab_kernel.sandbox.launcher [--writable=FOLDER]... -f CONNECTION_FILE

This program only leaves its environment behind: what follows (`outer.py`) starts anew with what a lab needs of it, so
that no token is in the memory that the lab's processes come from.
"""

import os
import sys

from nslab_kernel.sandbox import environment


def main() -> None:
    """Become the outer process of a notebook kernel."""
    words = ["-P", "-m", "nslab_kernel.sandbox.outer", *sys.argv[1:]]
    os.execve(sys.executable, [sys.executable, *words], environment.for_lab())


if __name__ == "__main__":
    main()
