"""Each public function's docstring has an example that runs in lesson 3's last lab."""

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
"""Functions whose examples share one container, in the order of its life; other examples start after a reset."""


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some examples write a file in the current folder
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
