"""Fixtures of the sandbox tests: a kernel for each way to start it."""

import os

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import notebook

# An ordinary user who runs the tests already has a range of subordinate ids ("range"), or none ("single").
LAUNCHES = ("own", "range", "single") if os.geteuid() == 0 else ("own",)


def launch(name):
    """Return the arguments for `notebook()`: the prefix, and the folder for the connection file."""
    if name == "own":
        return {"prefix": launches.no_prefix}
    return {
        "prefix": launches.as_user(launches.RANGE if name == "range" else ""),
        "folder": launches.user_kit() / "home",
    }


def ordinary(prefix):
    """Return the arguments for `notebook()` to start as an ordinary user, behind a prefix that forbids something."""
    user = launch("single" if os.geteuid() == 0 else "own")
    return user | {"prefix": [*user["prefix"], *prefix]}


@pytest.fixture(scope="module", autouse=True)
def english():
    """Make the programs that the tests start speak English, whatever the locale of the tests is."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NSLAB_LANG", "en")
        yield


@pytest.fixture(scope="module", params=LAUNCHES)
def kernel(request):
    """Yield a kernel that all tests of a module share, once for each way of starting it."""
    with notebook(**launch(request.param)) as started:
        yield started
