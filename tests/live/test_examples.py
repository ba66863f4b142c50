"""Every public function's docstring has an example, and each example runs: in the lab after step 3.9."""

import inspect
import re
import traceback

import nslab_kernel
from nslab_kernel import build, front, lab_reset
from tests.networks import two_namespaces

ONE_AFTER_THE_OTHER = (
    "container_run",
    "container_list",
    "container_inspect",
    "container_exec",
    "container_shell",
    "container_logs",
    "netns_attach",
    "container_stop",
    "container_start",
    "container_rm",
)
"""What is done with one container, in the order of its life; every other example begins in a lab that was reset."""


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write a file beside the notebook
    functions = [name for name in nslab_kernel.__all__ if inspect.isfunction(getattr(front, name))]
    assert set(ONE_AFTER_THE_OTHER) < set(functions)
    wrong = {}
    for name in sorted(functions, key=lambda name: name in ONE_AFTER_THE_OTHER and ONE_AFTER_THE_OTHER.index(name) + 1):
        if name not in ONE_AFTER_THE_OTHER:
            lab_reset()
            build(two_namespaces())
        lines = re.findall(r"^ *>>> (.*)$", getattr(front, name).__doc__, re.MULTILINE)
        if not any(f"{name}(" in line for line in lines):
            wrong[name] = "its docstring has no example of it"
            continue
        try:
            exec("\n".join(lines), dict(vars(front)))
        except Exception:
            wrong[name] = traceback.format_exc(limit=-3)
    assert not wrong, "\n".join(f"{name}: {why}" for name, why in wrong.items())
