"""The length of endurance tests: short in a usual run, long by `make endurance`, or a share of the long one."""

import os

SHARE = float(os.environ.get("NSLAB_ENDURANCE", "0"))
SEED = int(os.environ.get("NSLAB_SEED", "10"))


def length(short, long):
    """Return the number of rounds or seconds for this run."""
    return max(short, round(long * SHARE))
