"""The public names of the package, and what importing them does not do."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import nslab_kernel

FUNCTIONS = [name for name in nslab_kernel.__all__ if name.islower()]
STEPS = """
netns_add netns_attach netns_del netns_list netns_exec link_show link_up link_down link_del link_rename link_set_netns
link_set_mtu link_set_mac link_set_master link_set_nomaster veth_add bridge_add bridge_link_show addr_show addr_add
addr_del addr_flush link_add bridge_fdb_show bridge_fdb_append bridge_fdb_del neigh_replace neigh_del rule_show rule_add
rule_del route_show route_get route_add route_del neigh_show neigh_flush sysctl_show sysctl_set ping topology snapshot
build undo lab_reset lab_script
"""


def python(code):
    """Run code in a new Python process outside any lab, and return its output."""
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_all_is_sorted_and_there():
    """`__all__` is sorted and without duplicates, and every name exists."""
    assert sorted(set(nslab_kernel.__all__)) == nslab_kernel.__all__
    for name in nslab_kernel.__all__:
        assert getattr(nslab_kernel, name)


def test_the_steps_are_there():
    """The functions of the tutorial's third part, and related ones, are public."""
    assert set(STEPS.split()) <= set(nslab_kernel.__all__)


def test_nothing_public_is_missing():
    """Every public function of steps/, every error and every value is in `__all__`."""
    from nslab_kernel import errors, steps
    from nslab_kernel.model import network, results

    for module in (errors, network, results):
        for name, value in vars(module).items():
            if inspect.isclass(value) and value.__module__ == module.__name__ and not name.startswith("_"):
                assert name in nslab_kernel.__all__
    written = {
        name
        for file in pkgutil.iter_modules(steps.__path__, f"{steps.__name__}.")
        for name, value in vars(importlib.import_module(file.name)).items()
        if inspect.isfunction(value) and value.__module__ == file.name and not name.startswith("_")
    }
    assert {"clear"} == written - set(nslab_kernel.__all__)  # only goto() uses clear()


def test_every_function_is_documented():
    """Each function has a first line that is a sentence, and a type for each parameter and for its result."""
    found = {}
    for name in FUNCTIONS:
        signature = inspect.signature(getattr(nslab_kernel, name))
        annotations = [signature.return_annotation, *(p.annotation for p in signature.parameters.values())]
        first = inspect.getdoc(getattr(nslab_kernel, name)).partition("\n")[0]
        if not first.endswith((".", ":")) or inspect.Parameter.empty in annotations:
            found[name] = (first, str(signature))

    assert found == {}


def test_every_parameter_is_explained():
    """The docstring of each function explains each parameter under Args."""
    found = [
        f"{name}: {parameter}"
        for name in FUNCTIONS
        for parameter in inspect.signature(getattr(nslab_kernel, name)).parameters
        if f"\n    {parameter}: " not in inspect.getdoc(getattr(nslab_kernel, name))
    ]

    assert found == []


def test_star_import_loads_nothing_heavy():
    """`from nslab_kernel import *` loads neither large libraries nor modules that few learners need."""
    heavy = {
        "matplotlib",
        "pyroute2",
        "IPython",
        "ipykernel",
        "numpy",
        "asyncio",
        "tarfile",
        "nslab_kernel.sandbox.doctor_checks",
        "nslab_kernel.doctor.diagnose",
    }

    assert python(f"from nslab_kernel import *; import sys; print(sorted({heavy} & set(sys.modules)))") == "[]"


def test_the_package_alone_loads_nothing_of_itself():
    """`import nslab_kernel` loads no module of the package; the public names are loaded at their first use."""
    code = "import sys, nslab_kernel; print(sorted(name for name in sys.modules if name.startswith('nslab_kernel.')))"

    assert python(code) == "[]"
    assert python(f"from nslab_kernel.sandbox import run_in_sandbox; {code}").count("steps") == 0
    assert "netns_add" in python("import nslab_kernel; print(dir(nslab_kernel))")


def test_import_starts_nothing():
    """Importing starts no thread, opens no file or socket, and sets no signal handler."""
    code = """
import os, signal, threading
before = sorted(os.listdir("/proc/self/fd")), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
from nslab_kernel import *
after = sorted(os.listdir("/proc/self/fd")), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
print(before == after, threading.active_count())
"""
    assert python(code) == "True 1"


def test_outside_a_lab_nothing_is_done():
    """In an ordinary Python every step raises NoLab before it reads or changes anything."""
    code = """
import nslab_kernel as n
calls = [lambda: n.netns_add("x"), lambda: n.link_show(), lambda: n.ping("127.0.0.1"), lambda: n.snapshot(),
         lambda: n.topology(), lambda: n.undo(), lambda: n.lab_reset(), lambda: n.netns_exec(None, "true"),
         lambda: n.build(n.Network()), lambda: n.lab_script(), lambda: n.sysctl_set("net.ipv4.ip_forward", 1),
         lambda: n.link_add("ifb", "x"), lambda: n.rule_add(priority=9)]
for call in calls:
    try:
        call()
        print("done")
    except n.NoLab as error:
        print(type(error).__name__)
"""
    environment_free = f"import os; os.environ.pop('NSLAB_LAB', None)\n{code}"

    assert python(environment_free).split() == ["NoLab"] * 13


def test_load_ipython_extension_is_lazy():
    """`load_ipython_extension` exists, and `import *` does not import it."""
    assert callable(nslab_kernel.load_ipython_extension)
    assert "load_ipython_extension" not in nslab_kernel.__all__
