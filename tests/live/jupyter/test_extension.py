"""The extension in a real IPython kernel, driven by the messages of a notebook."""

import re

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.outside

RAISE = "def step(secret=42): raise NoNamespace('tst1', ['test1', 'test2'])\nstep()"


@pytest.fixture(scope="module")
def cell():
    manager, client = start_new_kernel(kernel_name="python3")

    def run(code):
        outputs = []
        client.execute_interactive(code, output_hook=outputs.append, timeout=60)
        return [m["content"] for m in outputs if m["msg_type"] in ("error", "execute_result", "stream")]

    run("import os, sys; os.environ['NSLAB_LANG'] = 'en'; from nslab_kernel.errors import *")
    run("%load_ext nslab_kernel")
    run("from nslab_kernel.model.results import *; from nslab_kernel.model.network import *")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def traceback(output):
    return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output["traceback"]))


def test_loading_draws_nothing(cell):
    """Loading the extension loads neither matplotlib nor pyroute2."""
    assert cell("[name for name in ('matplotlib', 'pyroute2') if name in sys.modules]")[0]["data"]["text/plain"] == "[]"


def test_a_value_is_shown_in_all_its_forms(cell):
    """A Listing is sent as text and HTML, and not as an image."""
    data = cell("Listing('ip link', '1: lo: <LOOPBACK> mtu 65536\\n')")[0]["data"]

    assert sorted(data) == ["text/html", "text/plain"]
    assert data["text/plain"].startswith("$ ip link\n1: lo:")


def test_a_function_that_is_only_named_says_how_it_is_called(cell):
    """The name of a public function alone says how to call it; the learner's own functions are shown as Python does."""
    (output,) = cell("from nslab_kernel import undo, link_up; undo")
    assert "undo is a function, and did not run: it is called as undo()." == output["data"]["text/plain"]
    assert "link_up(ifname, netns=None)" in cell("link_up")[0]["data"]["text/plain"]
    assert "<function __main__.mine()>" == cell("def mine(): pass\nmine")[0]["data"]["text/plain"]


def test_an_error_is_short(cell):
    """The traceback has no line of code, only what happened and what to try."""
    (output,) = cell(RAISE)

    assert output["ename"] == "NoNamespace"
    assert "There is no network namespace tst1." in traceback(output)
    assert "secret" not in traceback(output)


def test_a_line_that_is_no_python_is_explained(cell):
    """A command typed without `!` is explained; other syntax errors are Python's."""
    (output,) = cell("ip netns add test9")
    assert "!ip netns add test9" in traceback(output)
    assert "SyntaxError" not in traceback(output)
    (output,) = cell("%tb")
    assert "SyntaxError: invalid syntax" in traceback(output)

    (output,) = cell("netns_add('a'")
    assert "Error: incomplete input" in traceback(output)
    (output,) = cell("if True:\n1")
    assert "IndentationError" in traceback(output)


def test_the_full_traceback_is_a_line_away(cell):
    """`%tb Verbose` shows the last error with code and values, and the next error is short again."""
    cell(RAISE)
    (full,) = cell("%tb Verbose")

    assert "secret=42" in traceback(full)
    assert "secret" not in traceback(*cell("step()"))


def test_verbose_mode_is_verbose(cell):
    """With `%xmode Verbose` our errors have a full traceback too."""
    cell(RAISE)
    cell("%xmode Verbose")
    (full,) = cell("step()")
    cell("%xmode Context")

    assert "secret=42" in traceback(full)


def test_other_errors_look_as_ever(cell):
    """An error in the learner's own code keeps its traceback."""
    assert "1/0" in traceback(*cell("1/0"))


def test_a_slip_in_python_is_short(cell):
    """A step with a missing argument, or a name before the import cell has run, has a short error with its reason."""
    (unknown,) = cell("netns_add('test1')")
    cell("from nslab_kernel import *")
    (misfit,) = cell("netns_add()")

    assert "from nslab_kernel import *" in traceback(unknown)
    assert "TypeError" == misfit["ename"]
    assert "netns_add was called without name." in traceback(misfit)
    assert "record.py" not in traceback(misfit)


def test_an_interrupt_of_a_step_is_short(cell):
    """An interrupted step has no traceback, because that is no mistake; the learner's own loop keeps its traceback."""
    cell("import signal, threading; from nslab_kernel.linux.command import run")
    cell("stop = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))")
    (ours,) = cell("stop.start(); run(['sleep', '30'])")
    (own,) = cell("raise KeyboardInterrupt")

    assert ["\N{MULTIPLICATION X} Interrupted.", "", "  Full traceback: %tb Verbose"] == traceback(ours).splitlines()
    assert "KeyboardInterrupt" == ours["ename"]
    assert "raise KeyboardInterrupt" in traceback(own)


def test_a_figure_for_a_paper_is_shown(cell):
    """A cell shows the picture that `figure()` returns, and not only its repr."""
    shown = cell("from nslab_kernel import figure\nfigure(Topology(Network({'host': Namespace('host')})))")

    assert "image/png" in shown[0]["data"]
