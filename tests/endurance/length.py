"""How long the tests here run: short among all tests, long by `make endurance`, or for a share of that."""

import os

SHARE = float(os.environ.get("NSLAB_ENDURANCE", "0"))
SEED = int(os.environ.get("NSLAB_SEED", "10"))


def length(short, long):
    """Return how many rounds, or seconds, there are this time."""
    return max(short, round(long * SHARE))
