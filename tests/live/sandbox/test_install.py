"""`nslab install`: a kernel spec with which cells may write in more folders."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import notebook

PYTHONS = (sys.prefix, f"{sys.prefix}/bin", str(launches.REPO), str(launches.REPO / "nslab_kernel/locale"))
pytestmark = pytest.mark.outside


@pytest.fixture
def specs(tmp_path, monkeypatch):
    """Where this user's kernel specs lie: in a folder of the test's own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter/kernels"


def install(*words, cwd=launches.REPO):
    command = [sys.executable, "-m", "nslab_kernel", "install", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def folders(tmp_path, *names):
    """Make folders; root's labs may write only where nobody but root can enter."""
    for name in names:
        Path(tmp_path, name).mkdir(mode=0o700)
    return [tmp_path / name for name in names]


def test_a_cell_may_write_there(specs, tmp_path):
    """In each folder that was named, and in no other; the notebook's own stays writable."""
    *opened, closed = folders(tmp_path, "one", "the other", "closed")

    done = install("--user", "--name", "class", "--writable", *opened)

    assert (0, f"Written: {specs}/class\n") == (done.returncode, done.stdout)
    with notebook(name="class") as kernel:
        for folder in (*opened, "."):
            kernel.run(f"open({f'{folder}/written'!r}, 'w').write('by a cell')")
        kernel.run(f"open({f'{closed}/written'!r}, 'w')")
        assert "by a cell" == kernel.run("print(open('written').read())").strip()
    assert ["by a cell"] * 2 == [(folder / "written").read_text() for folder in opened]
    assert [] == list(closed.iterdir())


def test_the_same_again_closes_them(specs, tmp_path):
    """Without a folder the spec is as it came, but for its Python, which is this very one."""
    (opened,) = folders(tmp_path, "opened")
    came = json.loads((launches.REPO / "nslab_kernel/kernels/nslab/kernel.json").read_text())

    install("--user", "--writable", opened)
    assert f"--writable={opened}" in json.loads((specs / "nslab/kernel.json").read_text())["argv"]
    install("--user")

    written = json.loads((specs / "nslab/kernel.json").read_text())
    assert came | {"argv": [sys.executable, *came["argv"][1:]]} == written
    assert (specs / "nslab/logo-svg.svg").exists()


@pytest.mark.parametrize("folder", ["nowhere", "/", "/tmp", "/run", "/proc/sys", "~", *PYTHONS])
def test_what_cannot_be_opened(specs, folder):
    """A folder that is not there, the home folder, Python, and what a lab has for itself: said, and nothing written."""
    done = install("--user", "--writable", Path(folder).expanduser())

    assert 2 == done.returncode
    assert str(Path(folder).expanduser().resolve()) in done.stderr.replace(os.linesep, " ")
    assert not specs.exists()


def test_another_that_jupyter_takes_first(specs, monkeypatch):
    """It says so where what was written will not be used."""
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")

    done = install("--user")

    assert 1 == done.returncode
    assert f"{sys.prefix}/share/jupyter/kernels/nslab" in done.stderr


def test_a_place_that_cannot_be_written(specs, monkeypatch):
    """It says what, and exits with 2; so it does for what is no name."""
    specs.parent.write_text("no folder")

    assert [2, 2] == [install("--user").returncode, install("--user", "--name", "a b").returncode]
    assert "Not written" in install("--user").stderr


@pytest.mark.parametrize("name", ["", ".", "..", "other", "OTHER", "python3", "nslab-machine"])
def test_a_name_that_is_not_free(specs, name):
    """What leads out of the folder of kernel specs, and what is another kernel's, is refused, and nothing is lost."""
    other = specs / "other/kernel.json"
    other.parent.mkdir(parents=True)
    other.write_text('{"argv": ["other"], "display_name": "Other", "language": "other"}')
    before = sorted(specs.parent.rglob("*"))

    done = install("--user", "--name", name)

    assert 2 == done.returncode
    assert "Not written: " in done.stderr
    assert "Traceback" not in done.stderr
    assert before == sorted(specs.parent.rglob("*"))


def test_an_empty_word_is_no_folder(specs, tmp_path):
    """Such as of a shell's variable that is not set: it does not open the folder where one stands."""
    (stands,) = folders(tmp_path, "stands")

    assert 2 == install("--user", "--writable", "", cwd=stands).returncode
    assert not specs.exists()


def test_a_folder_that_has_gone_since(specs, tmp_path):
    """The kernel starts all the same, and says so before the first cell."""
    (opened,) = folders(tmp_path, "opened")
    install("--user", "--name", "class", "--writable", opened)
    opened.rmdir()

    with notebook(name="class") as kernel:
        shown = kernel.run("print('the cell itself')")

    assert f"mkdir -p {opened}" in shown
    assert "the cell itself" in shown


def test_a_notebook_in_a_folder_that_the_lab_has_for_itself():
    """The machine's /tmp stays out of sight, with the sockets of other programs in it; the first cell says so."""
    with notebook(cwd="/tmp") as kernel:
        shown = kernel.run("import os; print(os.getcwd(), [name for name in os.listdir('.') if 'nslab' in name])")

    assert "/tmp []" in shown.splitlines()
    assert "/tmp itself" in shown
