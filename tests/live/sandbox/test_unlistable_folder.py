"""A lab below a folder that users can enter but not list, as some /home."""

import sys

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.conftest import LAUNCHES
from tests.live.sandbox.notebook import notebook

pytestmark = pytest.mark.outside
HOME = "/mnt/learner"
CELL = "import os, sys; open('kept', 'w').write('kept'); print(os.getcwd(), sys.prefix, sorted(os.listdir('/mnt')))"


@pytest.fixture(params=[name for name in LAUNCHES if name != "own"] + ["root"])
def prefix(request):
    """Return a prefix that starts with the home folder, and Python, below a folder of mode 711."""
    if "single" not in LAUNCHES:
        pytest.skip("only root can make a folder that is not the user's own")
    kit = launches.user_kit()
    lines = [
        "mount -t tmpfs -o mode=711 tmpfs /mnt",
        f"mkdir -p {HOME} /mnt/env /mnt/another",
        f"mount --bind {kit}/home {HOME}",
        f"mount --bind {sys.prefix} /mnt/env",
        'exec "$@"',
    ]
    user = launches.as_user(launches.RANGE if request.param == "range" else "")
    if request.param == "root":
        user = ["sh", "-ec", f'mount -t tmpfs -o mode=700 tmpfs {HOME}/notebooks; exec "$@"', "sh"]
    there = ["env", f"--chdir={HOME}/notebooks", f"HOME={HOME}"]
    python = ["sh", "-c", 'shift; exec /mnt/env/bin/python3 "$@"', "sh"]
    return [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-ec",
        "\n".join(lines),
        "sh",
        *user,
        *there,
        *python,
    ]


def test_a_folder_that_may_be_passed_and_not_listed(prefix):
    """The lab can write in the notebook's folder and run Python there, and shows no other user's folder."""
    with notebook(prefix=prefix, folder=launches.user_kit() / "home") as kernel:
        assert kernel.run(CELL) == f"{HOME}/notebooks /mnt/env ['env', 'learner']\n"
