"""`nslab install`: a kernel spec whose labs may write in more folders."""

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
    """Return the folder of this user's kernel specs, which is one of the test's own."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    return tmp_path / "jupyter/kernels"


def install(*words, cwd=launches.REPO):
    command = [sys.executable, "-m", "nslab_kernel", "install", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def folders(tmp_path, *names):
    """Make folders of mode 700: a lab that root starts may write only where nobody but root can enter."""
    for name in names:
        Path(tmp_path, name).mkdir(mode=0o700)
    return [tmp_path / name for name in names]


def test_a_cell_may_write_there(specs, tmp_path):
    """Cells may write in each folder that was named, and in the notebook's own, and in no other."""
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
    """Installing without folders restores the spec that comes with the package, with the path of this Python."""
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
    """A missing folder, the home folder, Python's, and those that a lab replaces are refused; no spec is written."""
    done = install("--user", "--writable", Path(folder).expanduser())

    assert 2 == done.returncode
    assert str(Path(folder).expanduser().resolve()) in done.stderr.replace(os.linesep, " ")
    assert not specs.exists()


def test_another_that_jupyter_takes_first(specs, monkeypatch):
    """If Jupyter prefers another kernel spec of the same name, the program says so, and exits with 1."""
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")

    done = install("--user")

    assert 1 == done.returncode
    assert f"{sys.prefix}/share/jupyter/kernels/nslab" in done.stderr


def test_a_place_that_cannot_be_written(specs, monkeypatch):
    """If the spec cannot be written, or its name is not allowed, the program says so, and exits with 2."""
    specs.parent.write_text("no folder")

    assert [2, 2] == [install("--user").returncode, install("--user", "--name", "a b").returncode]
    assert "Not written" in install("--user").stderr


@pytest.mark.parametrize("name", ["", ".", "..", "other", "OTHER", "python3", "nslab-machine"])
def test_a_name_that_is_not_free(specs, name):
    """A name that leads out of the kernel specs' folder, or belongs to another kernel, is refused; no file changes."""
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
    """An empty folder name, as from an unset shell variable, must not open the current folder."""
    (stands,) = folders(tmp_path, "stands")

    assert 2 == install("--user", "--writable", "", cwd=stands).returncode
    assert not specs.exists()


def test_a_folder_that_has_gone_since(specs, tmp_path):
    """If a writable folder is gone, the kernel still starts, and the first output says how to make the folder again."""
    (opened,) = folders(tmp_path, "opened")
    install("--user", "--name", "class", "--writable", opened)
    opened.rmdir()

    with notebook(name="class") as kernel:
        shown = kernel.run("print('the cell itself')")

    assert f"mkdir -p {opened}" in shown
    assert "the cell itself" in shown


def test_a_notebook_in_a_folder_that_the_lab_has_for_itself():
    """A notebook in /tmp does not see the machine's /tmp, where other programs have sockets; the first cell says so."""
    with notebook(cwd="/tmp") as kernel:
        shown = kernel.run("import os; print(os.getcwd(), [name for name in os.listdir('.') if 'nslab' in name])")

    assert "/tmp []" in shown.splitlines()
    assert "/tmp itself" in shown
