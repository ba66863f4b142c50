"""Kernels on a full disk, which holds all folders that they write to."""

import os

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import Notebook, notebook

pytestmark = pytest.mark.outside
FILLED = """
mount -t tmpfs -o size=64k,mode=700 tmpfs "$FULL"
cd "$FULL"
mkdir home ipython temporary notebooks
cat /dev/zero > filler 2> /dev/null || true
! echo more > notebooks/more 2> /dev/null
cd notebooks
exec env HOME="$FULL/home" IPYTHONDIR="$FULL/ipython" TMPDIR="$FULL/temporary" "$@"
"""
full = ["unshare", *([] if os.geteuid() == 0 else ["-Ur"]), "--mount", "sh", "-ec", FILLED, "sh"]
CELL = """
from nslab_kernel import *
print(*netns_add("test1").after.namespaces, bool(ping("127.0.0.1", count=1)))
"""


@pytest.fixture
def disk(tmp_path):
    """Return the environment variable that says where the full disk is mounted."""
    tmp_path.chmod(0o700)
    return {"FULL": str(tmp_path)}


def test_a_lab_on_a_full_disk(disk):
    """The kernel starts and the lab works; a write to the notebook's folder fails with Linux's message."""
    with notebook(prefix=full, **disk) as kernel:
        assert "host test1 True" in kernel.run(CELL)
        full_up = kernel.run("from pathlib import Path; Path('more').write_text('more')")
        assert "No space left on device" in full_up
        assert "4\n" == kernel.run("import tempfile; Path(tempfile.mkdtemp(), 'more').write_text('more')")


def test_a_plain_kernel_on_a_full_disk(disk, capfd):
    """A plain kernel, without a lab's own tmpfs, cannot make IPython's folder, and says so in one line."""
    kernel = Notebook(prefix=[*full, *launches.filtered], **disk)
    try:
        with pytest.raises(RuntimeError):
            kernel.wait()
        told = capfd.readouterr().err
        assert "nslab: this notebook kernel cannot start: [Errno 28] No space left on device" in told
        assert "Traceback" not in told
    finally:
        kernel.end()
