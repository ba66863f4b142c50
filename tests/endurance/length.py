"""How long the tests here run: short among all tests, long by `make endurance`."""

import os

LONG = os.environ.get("NSLAB_ENDURANCE") == "long"
SEED = int(os.environ.get("NSLAB_SEED", "10"))


def length(short, long):
    """Return how many rounds, or seconds, there are this time."""
    return long if LONG else short
