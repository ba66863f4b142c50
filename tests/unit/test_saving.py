"""Saving a file that a learner named: it is written whole or not at all, and no other file is lost."""

import os
import signal

import pytest

from nslab_kernel.display.pcap import pcap_save
from nslab_kernel.errors import BadValue
from nslab_kernel.model.journey_result import Journey
from nslab_kernel.saving import save


def png(path, data=b"\x89PNG new", **more):
    return save(path, data, "PNG", lambda head: head.startswith(b"\x89PNG"), **more)


def test_a_new_file_and_one_of_its_kind(tmp_path):
    """Saving replaces a file of the same kind or an empty one; the mode follows the umask."""
    file = tmp_path / "a.png"
    (tmp_path / "empty.png").touch()

    assert file == png(file)
    png(str(file), b"\x89PNG newer")
    png(tmp_path / "empty.png")

    assert file.read_bytes() == b"\x89PNG newer"
    assert file.stat().st_mode == (tmp_path / "empty.png").stat().st_mode
    assert {"a.png", "empty.png"} == names(tmp_path)


def test_a_file_of_another_kind(tmp_path):
    """A file of another kind is replaced only with overwrite=True, so that no homework is lost by a mistake."""
    homework = tmp_path / "homework.ipynb"
    homework.write_text("{}")

    with pytest.raises(BadValue) as raised:
        png(homework, overwrite=False)

    assert homework.read_text() == "{}"
    assert "overwrite=True" in raised.value.why
    assert "new-homework.ipynb" in raised.value.try_ and "Path" not in raised.value.what
    png(homework, overwrite=True)
    assert homework.read_bytes() == b"\x89PNG new"


def test_nobody_is_offered_what_the_function_has_not(tmp_path):
    """The error does not offer overwrite= for functions without this argument, such as `lab_save()`."""
    homework = tmp_path / "homework.ipynb"
    homework.write_text("{}")

    with pytest.raises(BadValue) as raised:
        png(homework)

    assert homework.read_text() == "{}"
    assert "overwrite" not in str(raised.value.why) and not raised.value.try_


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device"])
def test_what_is_no_file(tmp_path, kind, overwrite, link):
    """A folder, a pipe or a device is refused without being opened, also through a symbolic link."""
    there = tmp_path / "there"
    if kind == "folder":
        there.mkdir()
    elif kind == "pipe":
        os.mkfifo(there)
    else:
        there.symlink_to("/dev/null")
    if link:
        (tmp_path / "link").symlink_to(there)
        there = tmp_path / "link"
    before = names(tmp_path)

    with pytest.raises(BadValue) as raised:
        png(there, overwrite=overwrite)

    assert raised.value.why and raised.value.try_
    assert before == names(tmp_path)


def test_a_folder_that_is_none(tmp_path):
    """The error about a missing folder has the given name, not that of the temporary file."""
    with pytest.raises(BadValue) as raised:
        png(tmp_path / "none" / "a.png")

    assert str(tmp_path / "none" / "a.png") in raised.value.what
    assert raised.value.why == "No such file or directory (ENOENT)"


def test_a_link_stays_one(tmp_path):
    """Saving to a symbolic link replaces the file that it points to, and keeps the link."""
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "a.png").write_bytes(b"\x89PNG old")
    (tmp_path / "a.png").symlink_to("far/a.png")

    png(tmp_path / "a.png")

    assert (tmp_path / "a.png").is_symlink()
    assert (tmp_path / "far" / "a.png").read_bytes() == b"\x89PNG new"


@pytest.mark.parametrize(
    "path", [None, 1, "", "a\0b", "\ud800", b"\xff\0", object(), "/nowhere/a.png", "a" * 300, 10**5000], ids=type
)
def test_no_path(path, tmp_path, monkeypatch):
    """A value that is no path, or a path that cannot be written, raises an error with a reason."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadValue) as raised:
        png(path)
    assert raised.value.why
    assert names(tmp_path) == set()


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_nothing_is_left_of_what_could_not_be_written(tmp_path, monkeypatch, error):
    """If writing fails or is interrupted, the old file is unchanged, and no temporary file remains."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG old")

    def fail(*_paths):
        if error is KeyboardInterrupt:
            signal.raise_signal(signal.SIGINT)
        raise OSError("full")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else BadValue):
        png(tmp_path / "a.png")

    assert names(tmp_path) == {"a.png"}
    assert (tmp_path / "a.png").read_bytes() == b"\x89PNG old"


@pytest.mark.parametrize("magic", [b"\x0a\x0d\x0d\x0a", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d"])
def test_captures_replace_captures(tmp_path, magic):
    """pcap_save() replaces packet captures of any program, and no other files."""
    (tmp_path / "a.pcap").write_bytes(magic + b"old")
    (tmp_path / "a.txt").write_bytes(b"text")

    pcap_save(journey(), tmp_path / "a.pcap")
    with pytest.raises(BadValue):
        pcap_save(journey(), tmp_path / "a.txt")

    assert (tmp_path / "a.pcap").read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert (tmp_path / "a.txt").read_bytes() == b"text"


def names(folder):
    return {path.name for path in folder.iterdir()}


def journey():
    """Return a journey in which no packet was seen."""
    found = object.__new__(Journey)
    object.__setattr__(found, "packets", ())
    return found
