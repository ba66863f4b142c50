"""Choosing the learner's language, and the punctuation of Chinese messages."""

import ast

import pytest

from nslab_kernel.errors import BadValue, NoNamespace
from nslab_kernel.language import language
from nslab_kernel.lessons import catalogue
from nslab_kernel.spelling import quoted


@pytest.fixture(autouse=True)
def unsaid(monkeypatch):
    for name in ("NSLAB_LANG", "JPY_SESSION_NAME", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")


def test_the_notebooks_folder_comes_before_the_locale(monkeypatch, tmp_path):
    """A notebook in the folder `en` is English, whatever the locale."""
    (tmp_path / "en").mkdir()
    monkeypatch.chdir(tmp_path / "en")

    assert "en" == language()


def test_a_folder_that_is_gone_says_nothing(monkeypatch, tmp_path):
    """If the current folder has been deleted, the locale decides, and nothing fails."""
    (tmp_path / "en").mkdir()
    monkeypatch.chdir(tmp_path / "en")
    (tmp_path / "en").rmdir()

    assert "zh" == language()


def test_an_error_has_chinese_punctuation():
    """A Chinese error has Chinese punctuation, without spaces between sentences; only code has English commas."""
    with pytest.raises(BadValue) as raised:
        catalogue.find("3.99")

    assert "0.1、0.2" in str(raised.value)
    assert "没有名叫 tset1 的网络命名空间。是不是想写 test1？现有：red、blue。" == str(
        NoNamespace("tset1", ["red", "test1", "blue"])
    )


@pytest.mark.parametrize("name", ["test1", "my ns", 'a"b', "it's", "\\", "a\nb", "\x1b[1m", "\udcff", "房间", "\"'\\"])
def test_an_offered_name_is_read_back_by_python(name):
    """Any name that Linux allows is quoted so that Python reads it back; ordinary names are in double quotes."""
    assert ast.literal_eval(quoted(name)) == name
    assert quoted(name).isprintable()
    assert quoted("my ns") == '"my ns"'
