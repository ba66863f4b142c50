"""Each live test runs in its own sandbox, and its outcome is reported."""

import subprocess
import sys

import pytest

from tests.live.sandbox import launches

pytestmark = pytest.mark.outside
TESTS = """
import os, time, pytest
pytestmark = pytest.mark.live

def test_pass(tmp_path):
    (tmp_path / "file").write_text(str(os.getpid()))

def test_fail():
    print("said before")
    assert 1 == 2

@pytest.mark.limit(2)
def test_hang():
    time.sleep(3600)

def test_vanish():
    os._exit(5)

def test_skip():
    pytest.skip("for a reason")

@pytest.fixture
def late():
    yield
    raise ValueError("too late")

def test_teardown(late):
    pass

def test_apart():
    os.system("ip netns add made-here")

def test_apart_again():
    assert os.listdir("/run/netns") == []
"""


@pytest.fixture
def outcome(tmp_path):
    """Return a function that runs the tests above in a pytest of their own, and returns its output."""

    def outcome(*prefix, **environment):
        (tmp_path / "test_sample.py").write_text(TESTS)
        words = ["-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", "pyproject.toml", "-vv"]
        words += ["--rootdir", str(tmp_path), str(tmp_path / "test_sample.py")]
        settings = [f"{name}={value}" for name, value in environment.items()]
        command = [*prefix, "env", *settings, sys.executable, *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=launches.REPO).stdout

    return outcome


def test_every_outcome_is_told(outcome):
    """Passed, failed, timed out, vanished, skipped, failed in teardown: each is reported with its output or reason."""
    text = outcome()

    assert "3 failed, 4 passed, 1 skipped, 1 error" in text
    assert "said before" in text
    assert "E       assert 1 == 2" in text
    assert "It had not ended after 2 s." in text
    assert "in test_hang" in text
    assert "Its process ended before the test did: exit code 5." in text
    assert "for a reason" in text
    assert "ValueError: too late" in text


def test_without_a_sandbox_a_test_fails(outcome):
    """Where Linux refuses a sandbox the tests fail with the reason, or are skipped with NSLAB_ALLOW_SKIPS."""
    assert "8 failed" in (text := outcome(*launches.filtered))
    assert "Linux refuses a sandbox here: unshare" in text
    assert "Operation not permitted" in text
    assert "8 skipped" in outcome(*launches.filtered, NSLAB_ALLOW_SKIPS="1")
