"""`nslab grade`: notebooks that were handed in, each run in a lab of its own."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = [pytest.mark.outside, pytest.mark.limit(600)]


def handed_in(folder, name, *cells):
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / f"{name}-3-by-hand.ipynb")


def is_started_for(folder, pid):
    """Return whether a process is a notebook kernel whose connection file is in a folder."""
    try:
        return any(str(folder) in word for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def graded(folder, *options, **variables):
    """Run `nslab grade`, and return the finished process and the rows of its table by learner."""
    names = sorted(file.name for file in folder.glob("*.ipynb"))
    command = [sys.executable, "-m", "nslab_kernel", "grade", *options, *names]
    environment = {**os.environ, "TMPDIR": str(folder), **variables}
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True, env=environment)
    table = folder / "grades/grades.csv"
    rows = list(csv.DictReader(table.open(encoding="utf-8"))) if table.exists() else []
    return done, {row["notebook"].partition("-")[0]: row for row in rows}


def test_each_learner_has_a_row_and_a_page(tmp_path):
    """Steps count by whatever means they were reached, a cell's error does not end the run, and no notebook changes."""
    start = ["from nslab_kernel import *", 'netns_add("test1")\nnetns_add("test2")']
    handed_in(tmp_path, "ada", *start, "!ip link add veth-test1 type veth peer name veth-test2", "1/0")
    handed_in(tmp_path, "bob", *start, 'goto("3.10")', 'ping("192.168.1.2", netns="test1")', "lab_reset()")
    handed_in(tmp_path, "eve", *start, 'goto("3.10")', 'check("3.10", strict=True)', "lab_reset()")
    before = {file.name: file.read_bytes() for file in tmp_path.glob("*.ipynb")}
    done, rows = graded(tmp_path)

    assert 0 == done.returncode, done.stderr
    assert [("2", "7"), ("6", "7"), ("7", "7")] == [(rows[who]["reached"], rows[who]["of"]) for who in sorted(rows)]
    assert "1" == rows["ada"]["3.4"] and "0" == rows["ada"]["3.5"]
    assert 3 == len(list((tmp_path / "grades").glob("*.html")))
    assert "2 of 7 steps" in (tmp_path / "grades/001-ada-3-by-hand.html").read_text()
    assert before == {file.name: file.read_bytes() for file in tmp_path.glob("*.ipynb")}


def test_two_lessons_and_any_name_share_a_table(tmp_path):
    """A step of another lesson is empty in the row; file names may be 250 bytes long, and need not be valid UTF-8."""
    step = 'from nslab_kernel import *\nnetns_add("test1")\nnetns_add("test2")'
    names = ("ada-3-by-hand", "bob-0-welcome", "\udcc0\udcee-3-by-hand", f"long-3-by-hand{'g' * 230}")
    for name in names:
        nbformat.write(new_notebook(cells=[new_code_cell(step)]), tmp_path / f"{name}.ipynb")
    (tmp_path / "none-3-by-hand.ipynb").write_text("{")
    done, rows = graded(tmp_path, NSLAB_LANG="zh", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")

    assert (1, "") == (done.returncode, done.stderr)
    assert [("1", ""), ("", "0"), ("1", ""), ("1", "")] == [
        (rows[who]["3.1"], rows[who]["0.2"]) for who in ("ada", "bob", "\\xc0\\xee", "long")
    ]
    assert rows["none"]["trouble"].startswith("这不是笔记本：")
    assert 5 == len(list((tmp_path / "grades").glob("*.html")))


def test_a_hostile_notebook_gets_its_row(tmp_path):
    """Cells that never end, take all memory or kill their kernel, and broken files, do not stop the other notebooks."""
    two = 'from nslab_kernel import *\nnetns_add("test1")\nnetns_add("test2")'
    handed_in(tmp_path, "endless", two, "!ping 127.0.0.1")
    handed_in(tmp_path, "deaf", "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass")
    handed_in(
        tmp_path,
        "hungry",
        "x = bytearray(8 << 30)\nx[::4096] = b'1' * (len(x) // 4096)",
        "import os; os.kill(os.getpid(), 9)",
    )
    handed_in(tmp_path, "liar", "import json\njson.dumps = lambda _steps: '[3, {}]'")
    handed_in(tmp_path, "rude", "get_ipython().kernel.iopub_socket.send_multipart([b'<IDS|MSG>', b'?'])")
    (tmp_path / "none-3-by-hand.ipynb").write_text("{")
    odd = new_notebook(cells=[new_code_cell("1")]) | {"metadata": {"kernelspec": {"name": 5}}}
    (tmp_path / "odd-3-by-hand.ipynb").write_text(json.dumps(odd))
    done, rows = graded(tmp_path, "--seconds", "5")

    assert (1, "") == (done.returncode, done.stderr)
    assert "did not end within 5 seconds" in rows["endless"]["trouble"]
    assert "died" in rows["hungry"]["trouble"]
    assert "no notebook" in rows["none"]["trouble"]
    assert "did not run to its end" in rows["rude"]["trouble"]
    assert "did not end within 5 seconds" in rows["deaf"]["trouble"]
    assert "1" == rows.pop("endless")["reached"]
    assert "1 of 7 steps" in (tmp_path / "grades/002-endless-3-by-hand.html").read_text()
    assert ["0"] * 6 == [row["reached"] for row in rows.values()]
    assert "It is no notebook" in (tmp_path / "grades/005-none-3-by-hand.html").read_text()
    assert "The notebook has no page" in (tmp_path / "grades/006-odd-3-by-hand.html").read_text()
    assert [] == [pid for pid in psutil.pids() if is_started_for(tmp_path, pid)]


@pytest.mark.parametrize("is_started", [False, True])
def test_ctrl_c_ends_all(tmp_path, is_started):
    """Ctrl+C ends the whole program, also while a kernel starts, and not only one notebook; finished rows stay."""
    for name in ("a", "b", "c"):
        handed_in(tmp_path, name, "while True: pass" if name > "a" else "1")
    command = [sys.executable, "-m", "nslab_kernel", "grade", *sorted(file.name for file in tmp_path.glob("*.ipynb"))]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment) as grading:
        assert grading.stdout
        assert "a-3-by-hand.ipynb: 0/7\n" == grading.stdout.readline()
        while not any(is_started_for(tmp_path, child.pid) for child in psutil.Process(grading.pid).children()):
            time.sleep(0.01)
        time.sleep(3 if is_started else 0)
        grading.send_signal(signal.SIGINT)
        assert "" == grading.stdout.read()

    assert 130 == grading.returncode
    with (tmp_path / "grades/grades.csv").open() as table:
        assert ["a-3-by-hand.ipynb"] == [row["notebook"] for row in csv.DictReader(table)]


@pytest.mark.parametrize("options", [[], ["--lesson", "9"], ["--seconds", "0"]])
def test_what_is_not_clear_is_told(tmp_path, options):
    """An unclear lesson, or a wrong time limit: the exit status is 2, and nothing is written."""
    nbformat.write(new_notebook(), tmp_path / "homework.ipynb")
    done, _rows = graded(tmp_path, *options)

    assert 2 == done.returncode
    assert done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "grades").exists()
