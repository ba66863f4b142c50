"""Fixtures of the tests in a browser; screenshots are kept in tests/browser/screenshots."""

import contextlib

import pytest

from tests.browser.learner_lab import learner_lab


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    """Both; a module that needs but one has a fixture of its own."""
    return request.param


@pytest.fixture(scope="module")
def lab(playwright, tmp_path_factory):
    """JupyterLab beside a browser."""
    with learner_lab(playwright, tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture(autouse=True)
def no_script_error(request):
    """A test fails where a script of a page does, whatever else it looks at."""
    yield
    if "lab" in request.fixturenames:
        assert [] == [page.script_errors.pop() for page in request.getfixturevalue("lab").pages if page.script_errors]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keep a screenshot of each page where a test fails, and say what its outputs and scripts say."""
    report = yield
    if report.failed and (lab := getattr(item, "funcargs", {}).get("lab")):
        for number, page in enumerate(lab.pages):
            with contextlib.suppress(Exception):  # whatever a broken page does, the test's own error is what counts
                page.screenshot(f"failed-{item.name}-{number}")
                report.sections.append((f"page {number}", f"{page.script_errors} {page.errors()}"))
    return report
