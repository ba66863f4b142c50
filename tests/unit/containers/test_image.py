"""The busybox image that nslab makes."""

import tarfile

import pytest

from nslab_kernel.containers import image
from nslab_kernel.errors import LabError, MissingProgram
from nslab_kernel.linux.busybox import BUSYBOX

pytestmark = pytest.mark.skipif(not BUSYBOX.exists(), reason="busybox-static is not installed")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "nslab"


def test_it_is_made_once(cache):
    """The second call returns the cached archive, and the cache contains nothing else."""
    made = image.archive()
    first = made.stat()

    assert made == image.archive()
    assert (first.st_ino, first.st_mtime_ns) == (made.stat().st_ino, made.stat().st_mtime_ns)
    assert [made] == list(cache.iterdir())


def test_it_is_the_same_everywhere():
    """The same busybox program always gives the same bytes."""
    first = image.archive().read_bytes()
    image.archive().unlink()

    assert first == image.archive().read_bytes()


def test_what_is_in_it():
    """The image has busybox, a link for each applet and the users; root owns all files, and links stay inside."""
    with tarfile.open(image.archive()) as tar:
        entries = {entry.name: entry for entry in tar}

    assert BUSYBOX.stat().st_size == entries["bin/busybox"].size
    assert {"bin/sh", "bin/ip", "bin/ping", "etc/passwd", "tmp", "proc", "dev"} < set(entries)
    assert {(0, 0, 0)} == {(entry.uid, entry.gid, entry.mtime) for entry in entries.values()}
    assert {"busybox"} == {entry.linkname for entry in entries.values() if entry.issym()}


def test_where_the_home_may_not_be_written(tmp_path, monkeypatch):
    """If the cache folder cannot be made, the archive goes into the temporary folder."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert tmp_path == image.archive().parent


def test_of_a_file_that_cannot_be_written_whole_nothing_stays(cache, monkeypatch):
    """If writing fails, as on a full disk, the cache contains no part of the archive."""

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.rename", full)
    with pytest.raises(LabError, match="No space left") as caught:
        image.archive()
    assert f"!df -h {cache}" == caught.value.try_
    assert [] == list(cache.iterdir())


def test_somebody_else_s_file_is_not_taken(monkeypatch):
    """A cached file of another owner is not used, because anybody can put a file into the temporary folder."""
    made = image.archive()
    made.write_bytes(b"another image")
    monkeypatch.setattr("os.geteuid", lambda: made.stat().st_uid + 1)

    assert b"another image" != image.archive().read_bytes()


def test_a_busybox_that_needs_libraries(tmp_path, monkeypatch):
    """A dynamically linked busybox could not run in the container, so the error asks for busybox-static."""
    program = tmp_path / "busybox"
    program.write_bytes(b"\x7fELF" + bytes(600) + b"/lib64/ld-linux-x86-64.so.2")
    monkeypatch.setattr(image, "BUSYBOX", program)

    with pytest.raises(MissingProgram, match="busybox") as caught:
        image.archive()
    assert "sudo apt-get install busybox-static" == caught.value.try_
