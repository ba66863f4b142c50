"""One visit a language serves all tests of it. Its screenshots are kept in tests/browser/screenshots."""

from functools import cache
from typing import Any

import pytest

from tests.browser.alone import visited


@pytest.fixture(scope="session")
def part(tmp_path_factory):
    """Return a function that gives what was seen of one part, `live` or a lesson, in one language."""

    @cache
    def visit(language: str) -> dict[str, Any]:
        return visited("tests.browser.visit", language, tmp_path_factory.mktemp(f"visit-{language}"))

    def seen(name: str, language: str) -> dict[str, Any]:
        everything = visit(language)
        found = everything if "failed" in everything else everything[name]
        if "failed" in found:
            pytest.fail(f"The visit failed:\n{found['failed']}", pytrace=False)
        return found

    return seen
