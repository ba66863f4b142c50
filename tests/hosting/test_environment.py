"""binder/environment makes .venv again where it does not fit, and leaves it alone where it does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "binder/environment"
PYTHON = sys._base_executable
OTHER = """\
#!/bin/sh
case "$*" in
*print*) echo "another one" ;;
*--version) echo "Python 3.12.0" ;;
*venv*) echo "called: $*" ;;
esac
"""


@pytest.fixture
def folder(tmp_path):
    """Return a folder with the script, and with a stand-in that finds all system packages installed."""
    place = tmp_path / "nslab"
    (place / "binder").mkdir(parents=True)
    shutil.copy(SCRIPT, place / "binder")
    write(place / "binder/system-packages", "#!/bin/sh\n")
    return place


def write(program, text):
    program.write_text(text)
    program.chmod(0o755)
    return program


def run(folder, *python):
    return subprocess.run(["binder/environment", *python], cwd=folder, capture_output=True, text=True, check=False)


def says_what_it_makes(done):
    return (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("nslab: making .venv with Python 3.")


def test_it_is_made_once_and_again_where_it_does_not_fit(folder):
    """It is made again for a moved folder, because its programs contain the old path, and for another Python."""
    assert says_what_it_makes(run(folder, PYTHON))
    for asked in ([], [PYTHON], [".venv/bin/python"]):
        assert (0, "", "") == ((done := run(folder, *asked)).returncode, done.stdout, done.stderr)

    moved = folder.rename(folder.with_name("elsewhere"))
    assert says_what_it_makes(run(moved, PYTHON))
    assert str(moved) in (moved / ".venv/bin/pip").read_text().splitlines()[0]

    done = run(moved, write(moved / "python3.12", OTHER))
    assert ["nslab: making .venv with Python 3.12.0", "called: -m venv --clear .venv"] == done.stdout.splitlines()

    (moved / ".venv/bin/python").unlink()
    assert says_what_it_makes(run(moved, PYTHON))


@pytest.mark.parametrize("python", ["python3.99", "3.12", "./old"])
def test_what_is_no_such_python_is_refused_in_one_line(folder, python):
    """A wrong Python is refused before anything is installed or made."""
    write(folder / "old", "#!/bin/sh\nexit 1\n")
    write(folder / "binder/system-packages", "#!/bin/sh\necho installed\n")
    done = run(folder, python)

    assert 1 == done.returncode
    said = f"nslab: {python} is no Python 3.11, 3.12 or 3.13; name one: make setup PYTHON=python3.12\n"
    assert ("", said) == (done.stdout, done.stderr)
    assert not (folder / ".venv").exists()
