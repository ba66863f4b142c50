"""Fixtures of the tests in a browser; they keep screenshots in tests/browser/screenshots."""

import contextlib

import pytest

from tests.browser.learner_lab import learner_lab


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    """Return each language; a module that needs only one overrides this fixture."""
    return request.param


@pytest.fixture(scope="module")
def lab(playwright, tmp_path_factory):
    """Yield a running JupyterLab and a browser."""
    with learner_lab(playwright, tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture(autouse=True)
def no_script_error(request):
    """Fail a test whose page had a JavaScript error."""
    yield
    if "lab" in request.fixturenames:
        assert [] == [page.script_errors.pop() for page in request.getfixturevalue("lab").pages if page.script_errors]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """When a test fails, keep a screenshot of each page, and report the errors of its outputs and scripts."""
    report = yield
    if report.failed and (lab := getattr(item, "funcargs", {}).get("lab")):
        for number, page in enumerate(lab.pages):
            with contextlib.suppress(Exception):  # a broken page must not hide the test's own error
                page.screenshot(f"failed-{item.name}-{number}")
                report.sections.append((f"page {number}", f"{page.script_errors} {page.errors()}"))
    return report
