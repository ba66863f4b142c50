"""What the sandbox's tests share: a kernel a way of starting it."""

import os

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import notebook

# An ordinary user is one of the latter two by himself.
LAUNCHES = ("own", "range", "single") if os.geteuid() == 0 else ("own",)


def launch(name):
    """Return how to start a kernel: what to put before it, and where its connection file may lie."""
    if name == "own":
        return {"prefix": launches.own}
    return {
        "prefix": launches.as_user(launches.RANGE if name == "range" else ""),
        "folder": launches.user_kit() / "home",
    }


def ordinary(prefix):
    """As an ordinary user, with a prefix that refuses something."""
    user = launch("single" if os.geteuid() == 0 else "own")
    return user | {"prefix": [*user["prefix"], *prefix]}


@pytest.fixture(scope="module", autouse=True)
def english():
    """What is started speaks English, wherever the tests run."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NSLAB_LANG", "en")
        yield


@pytest.fixture(scope="module", params=LAUNCHES)
def kernel(request):
    """A kernel that the tests of a module share."""
    with notebook(**launch(request.param)) as started:
        yield started
