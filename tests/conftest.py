"""Run every test of tests/live and tests/endurance in its own sandbox.

The sandbox is the package's own (`nslab_kernel.sandbox`), so a test sees what a learner's cell sees. Each test runs in
a process of its own, forked from an xdist worker that has already imported and computed what many tests need.
A test marked `outside` stays on the machine. Where Linux refuses a sandbox, a test fails with the reason; with
NSLAB_ALLOW_SKIPS=1 the test is skipped.
"""

import ctypes
import faulthandler
import gc
import os
import re
import signal
import tempfile
from functools import cache
from pathlib import Path

import pyroute2  # noqa: F401  # else each test's process imports it at its first change
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright
from xdist.scheduler import LoadScopeScheduling

from nslab_kernel.linux import kernel_defaults
from nslab_kernel.sandbox.files import files_of
from nslab_kernel.sandbox.isolate import Refused
from nslab_kernel.sandbox.run_in_sandbox import Ended, sandbox_run

LIVE = tuple(Path(__file__).parent / folder for folder in ("live", "endurance"))
LIMIT_S = 300.0
CORES = len(os.sched_getaffinity(0))
HUGE_PAGE, MADV_COLLAPSE = 2 << 20, 25


@pytest.fixture(scope="module")
def playwright():
    """Yield Playwright, which starts browsers; a process can have one Playwright at a time."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def chromium(playwright):
    """Yield Debian's Chromium, for pages that need no server."""
    from tests.browser.learner_lab import CHROMIUM_OPTIONS, chromium_program  # imported here: few tests need it

    started = playwright.chromium.launch(executable_path=chromium_program(), args=CHROMIUM_OPTIONS)
    yield started
    started.close()


def pytest_configure(config):
    # Some tests send SIGINT; a shell starts background programs with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line("markers", "outside: a live test that stays on the machine, not in a sandbox")
    config.addinivalue_line("markers", "kinds: about kinds of things that not every Linux has (make test-kinds)")
    config.addinivalue_line("markers", f"limit(seconds): ends a live test after so long; {LIMIT_S:g} without it")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in LIVE):
            item.add_marker("live")
    if hasattr(config, "workerinput"):
        last_shortest(items)


def pytest_collection_finish(session):
    if any(item.get_closest_marker("live") for item in session.items):
        draw()
        gc.freeze()  # in a test's process the collector skips these objects, so their pages are not copied
        lay_in_huge_pages()


def lay_in_huge_pages():
    """Move this process's memory into huge pages of 2 MB, if Linux can (6.1 or later): a fork takes a third as long.

    Making a sandbox forks this process several times; each fork maps every page, and each exit unmaps every page.
    """
    madvise = ctypes.CDLL(None).madvise
    for line in Path("/proc/self/maps").read_text().splitlines():
        if not re.search(r" rw-p 0+ 00:00 0( *\[heap\])?\s*$", line):
            continue  # a mapped file, or shared memory
        start, end = (int(number, 16) for number in line.split()[0].split("-"))
        for place in range(-(-start // HUGE_PAGE) * HUGE_PAGE, end - HUGE_PAGE + 1, HUGE_PAGE):
            madvise(ctypes.c_void_p(place), ctypes.c_size_t(HUGE_PAGE), MADV_COLLAPSE)  # fails where no page exists


@settings(max_examples=100, database=None, deadline=None)
@given(st.text(), st.integers())
def draw(_text, _number):
    """Make Hypothesis compute and cache its character tables, and the constants that it reads in all our modules.

    That takes seconds, and a sandbox cannot keep the result. Hypothesis reads the modules in one draw of twenty.
    """


def pytest_xdist_auto_num_workers(config):
    """Return the number of workers: one for each core, and up to four more for tests that mostly wait."""
    return CORES + min(CORES, 4)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    config.option.loadscopereorder = False  # else files with the most tests run first, which are the shortest ones
    return Sharing(config, log)


class Sharing(LoadScopeScheduling):
    """Runs tests that share something in one worker. (xdist's own groups do nothing with pytest 9.2.)

    Only as many workers as there are cores run any kind of test, because many tests depend on Linux being on time. The
    additional workers run only tests that mostly wait, from the end of the queue; the others start at its beginning.
    """

    def _split_scope(self, nodeid):
        return sharers(nodeid)

    def _assign_work_unit(self, node):
        if node not in self.nodes[:CORES]:
            waiting = next((scope for scope in reversed(self.workqueue) if scope.startswith(WAITING)), None)
            if waiting is None:
                return node.shutdown()
            self.workqueue.move_to_end(waiting, last=False)
        return super()._assign_work_unit(node)


def sharers(nodeid):
    """Return a name for the group of tests that have to run in one worker with this test.

    Such a group shares the executed lessons of one language, the recorded site, the attacked machine of one launch, or
    the fixtures of a file, such as a JupyterLab. Live tests that share nothing are distributed one by one.
    """
    path = nodeid.partition("::")[0]
    language = re.search(r"(en|zh)\]$", nodeid)
    if "/notebooks/" in path and language:
        return f"notebooks {language[1]}"
    launch = re.search(r"\[(\w+)", nodeid)
    if "/attack/" in path and launch:
        return f"attack {launch[1]}"
    if "/hosting/test_site" in path:
        return "site"
    if path.startswith(SHARE_NOTHING) and path not in SHARE_NEIGHBOUR_TABLE:
        return nodeid
    return path


SHARE_NOTHING = tuple(f"tests/live/{name}/" for name in ("doctor", "faults", "lessons", "network", "probe", "steps"))
"""Folders whose files have no fixture that lasts longer than one test."""
SHARE_NEIGHBOUR_TABLE = ("tests/live/probe/test_matrix.py",)
"""Files that fill the neighbour table: all namespaces share its 1024 entries (arp(7)), and failed ones are evicted."""
WAITING = ("notebooks ", "tests/endurance/", "tests/hosting/test_places", "tests/hosting/test_trial", "tests/live/")
"""Groups of tests (see `sharers`) that leave the processor idle for more than half of their time.

They wait for container engines, pings and notebook kernels, and for Linux to make and remove namespaces.
"""
SECONDS = {
    "tests/browser": 15,
    "tests/hosting": 8,
    "tests/hosting/test_site": 4,
    "tests/notebooks": 3,
    "tests/notebooks/test_nbgrader.py": 40,
    "tests/endurance": 5,
    "tests/attack": 0.2,
    "tests/live": 1,
    "tests/live/containers": 3,
    "tests/live/doctor": 4,
    "tests/live/faults": 6,
    "tests/live/lessons": 4,
    "tests/live/network/test_sequences.py": 100,
    "tests/live/sandbox": 2,
}
"""About how many seconds a test takes, by the beginning of its path; other tests take hardly any time."""


def last_shortest(items):
    """Sort the tests so that the groups that take longest start first, and no long group is left at the end."""
    total = {}
    for item in items:
        name = sharers(item.nodeid)
        total[name] = total.get(name, 0) + seconds(item.nodeid)
    items.sort(key=lambda item: -total[sharers(item.nodeid)])


def seconds(nodeid):
    return SECONDS.get(max((path for path in SECONDS if nodeid.startswith(path)), key=len, default=""), 0.02)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if not item.get_closest_marker("live") or item.get_closest_marker("outside"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in reports_from_sandbox(item):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    item.session._setupstate.teardown_exact(nextitem)
    return True


def reports_from_sandbox(item):
    """Run one test in a sandbox and return its reports, or a report made here if the test did not end by itself.

    A fixture cannot do this: the other fixtures have to run inside too, and process 1 of the sandbox is a new process.
    No plugin does it: pytest-forked and pytest-isolate fork by themselves, and have no hook to enter namespaces.
    """
    marker = item.get_closest_marker("limit")
    limit_s = marker.args[0] if marker else LIMIT_S
    with tempfile.TemporaryFile("w+") as stacks:

        def run():
            gc.callbacks.clear()  # Hypothesis adds one that swallows an interrupt while it runs
            faulthandler.dump_traceback_later(max(1.0, limit_s - 1), file=stacks)
            # Module and session fixtures are not torn down here: they belong to the process outside.
            reports = runtestprotocol(item, log=False, nextitem=item.parent)
            return [item.config.hook.pytest_report_to_serializable(config=item.config, report=r) for r in reports]

        try:
            know_defaults(frozenset(Path("/sys/module").iterdir()))
            made = sandbox_run(run, limit_s, files_of(Path.cwd(), [folder_for_tests(item), item.config.rootpath]))
        except Refused as refused:
            return [refusal(item, f"Linux refuses a sandbox here: {refused}")]
        except TimeoutError:
            stacks.seek(0)
            return [report(item, "failed", f"It had not ended after {limit_s:g} s. It stood here:\n{stacks.read()}")]
        except Ended as ended:
            return [report(item, "failed", f"Its process ended before the test did: exit code {ended}.")]
    return [item.config.hook.pytest_report_from_serializable(config=item.config, data=data) for data in made]


@cache
def know_defaults(modules):
    """Read once what a new namespace is like: the answer is the same for every lab until Linux loads a module."""
    kernel_defaults.kernel_defaults.cache_clear()
    found = sandbox_run(kernel_defaults.kernel_defaults)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel_defaults, "in_new_namespace", lambda *_what, **_how: found)
        kernel_defaults.kernel_defaults()


def folder_for_tests(item):
    """Return the folder of every `tmp_path`, which the sandbox has to show: its own /tmp would hide it."""
    return item.config._tmp_path_factory.getbasetemp()


def refusal(item, why):
    if os.environ.get("NSLAB_ALLOW_SKIPS") == "1":
        return report(item, "skipped", (str(item.path), item.location[1], f"Skipped: {why}"))
    return report(item, "failed", f"{why}\nNSLAB_ALLOW_SKIPS=1 skips such tests.")


def report(item, outcome, text):
    return pytest.TestReport(item.nodeid, item.location, {}, outcome, text, "call")
