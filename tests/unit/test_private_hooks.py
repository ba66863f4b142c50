"""The private methods of ipykernel that the package replaces."""

import inspect
import tomllib
from pathlib import Path

import ipykernel.heartbeat
import ipykernel.kernelapp
import pytest
from ipykernel.comm.comm import BaseComm
from ipykernel.kernelapp import IPKernelApp

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "nslab_kernel"
HOOKS = [
    (IPKernelApp._try_bind_socket, ["self", "s", "port"], "sandbox/kernelapp.py"),
    (ipykernel.kernelapp.Heartbeat._try_bind_socket, ["self"], "sandbox/kernelapp.py"),
    (BaseComm._reply_subshell_for, ["self", "data", "default"], "jupyter/comm_subshell.py"),
]


@pytest.mark.parametrize(("hook", "parameters", "file"), HOOKS, ids=lambda value: getattr(value, "__qualname__", None))
def test_a_replaced_private_method_is_what_one_file_takes_it_for(hook, parameters, file):
    """Each replaced method still exists with its parameters, is replaced in one file, and is proposed upstream."""
    users = [str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if hook.__name__ in path.read_text()]

    assert parameters == list(inspect.signature(hook).parameters)
    assert [file] == users
    assert "To propose to ipykernel" in (PACKAGE / file).read_text()


def test_the_heartbeat_is_looked_up_where_it_is_replaced():
    """`init_heartbeat` makes the Heartbeat by its name in this module, which is where the package replaces it."""
    assert ipykernel.kernelapp.Heartbeat is ipykernel.heartbeat.Heartbeat
    assert "Heartbeat(" in inspect.getsource(IPKernelApp.init_heartbeat)


def test_ipykernel_has_an_upper_bound():
    """ipykernel has an upper bound, so that no untested version is installed."""
    (needed,) = [
        each
        for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        if each.startswith("ipykernel")
    ]

    assert "<" in needed
