"""The kernel NS Lab works as a notebook kernel, however it is started."""

import pytest

from tests.live.sandbox.notebook import CELL_S, notebook

pytestmark = pytest.mark.outside


def test_a_cell_is_executed(kernel):
    """The kernel returns a cell's value."""
    assert kernel.run("6 * 7") == "42\n"


def test_it_is_a_lab(kernel):
    """nslab's functions find a sandbox in which nothing is missing, and the cell runs as root."""
    code = "from nslab_kernel.linux.lab import lab; print(lab().kind, lab().notes, lab().own_pids)"

    assert kernel.run(code) == "sandbox () True\n"
    assert kernel.run("!id -u; hostname") == "0\r\nhost\r\n"


def test_the_display_is_loaded(kernel):
    """nslab's IPython extension is loaded without an import by the learner."""
    code = "'nslab_kernel' in get_ipython().extension_manager.loaded"

    assert kernel.run(code) == "True\n"


def test_its_network_is_its_own(kernel):
    """The lab has no interface but `lo`, and reaches no address outside."""
    assert kernel.run("!ip -br link | wc -l") == "1\r\n"
    assert "unreachable" in kernel.run("!ping -c1 -W1 192.0.2.1 2>&1 | head -1")


def test_two_names_joined_ping(kernel):
    """A learner can build a network with plain `ip`, and ping through it."""
    kernel.run("!ip netns add p && ip link add v1 type veth peer name v2 netns p")
    kernel.run("!ip addr add 10.9.0.1/24 dev v1; ip link set dev v1 up")
    kernel.run("!ip -n p addr add 10.9.0.2/24 dev v2; ip -n p link set dev v2 up")

    assert " 0% packet loss" in kernel.run("!ping -c 3 -i 0.3 10.9.0.2")


def test_input_asks_the_learner(kernel):
    """The learner is asked by input(), and the cell gets the answer."""
    assert kernel.run("print('hello', input('who? '))", answers=["Ada"]) == "hello Ada\n"


def test_the_debugger_of_the_console(kernel):
    """%debug opens in the frame where the error was raised."""
    kernel.run("def f(x):\n    return 1 / x\nf(0)")

    assert "x is 0" in kernel.run("%debug", answers=["print('x', 'is', x)", "quit"])


def test_an_interrupt_ends_a_ping(kernel):
    """An interrupt ends the running ping with its process, and the next cell runs."""
    assert kernel.interrupt_when("!ping 127.0.0.1", "icmp_seq=1") in ("ok", "KeyboardInterrupt")
    assert kernel.run("!pgrep -c ping") == "0\r\n"


def test_an_interrupt_comes_once(kernel):
    """One press on the stop button sends one SIGINT."""
    count = "import signal, time\nseen = []\nsignal.signal(signal.SIGINT, lambda *_: seen.append(1))\n"
    wait = "print('now', flush=True)\nwhile not seen: time.sleep(0.01)\n"
    more = "deadline = time.monotonic() + 0.5\nwhile time.monotonic() < deadline: time.sleep(0.01)"

    assert kernel.interrupt_when(count + wait + more, "now") == "ok"
    assert kernel.run("len(seen)") == "1\n"


def test_an_interrupt_ends_what_never_lets_go(kernel):
    """An interrupt ends even a cell that holds the GIL, so that no other thread runs."""
    code = "import re, time\nprint('now', flush=True); time.sleep(0.3)\nre.match(r'(a+)+$', 'a' * 60 + 'b')"

    assert kernel.interrupt_when(code, "now") == "KeyboardInterrupt"


def test_a_widget_is_shown(kernel):
    """A widget opens its comm, and a message of the front end sets its value."""
    kernel.run("import ipywidgets; slider = ipywidgets.IntSlider(); slider")
    name = kernel.run("print(slider.comm.comm_id)").strip()
    message = {"comm_id": name, "data": {"method": "update", "state": {"value": 7}, "buffer_paths": []}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", message))

    assert kernel.run("slider.value") == "7\n"


def test_a_subshell_answers_beside_a_long_cell(kernel):
    """A subshell answers while the main shell still runs a cell."""
    subshell = kernel.control("create_subshell_request", {})["subshell_id"]
    long = kernel.client.execute("import time; print('busy', flush=True); time.sleep(1000)")
    while "busy" not in str(kernel.client.get_iopub_msg(timeout=CELL_S)["content"].get("text")):
        pass
    content = {"code": "1", "silent": False, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    message = kernel.client.session.msg("execute_request", content)
    message["header"]["subshell_id"] = subshell
    kernel.client.shell_channel.send(message)

    assert kernel.reply(message["header"]["msg_id"])["status"] == "ok"
    kernel.manager.interrupt_kernel()
    assert kernel.reply(long)["ename"] == "KeyboardInterrupt"
    kernel.control("delete_subshell_request", {"subshell_id": subshell})


def test_the_heart_beats(kernel):
    """The heartbeat answers, so Jupyter sees that the kernel lives."""
    assert kernel.client.hb_channel.is_beating()
    assert kernel.client.is_alive()


def test_two_kernels_do_not_see_each_other(kernel):
    """Links, named namespaces and processes of one notebook do not appear in another."""
    kernel.run("!ip netns add mine; ip link add mine1 type veth peer name mine2")
    kernel.run("!setsid -f sleep 3600")
    with notebook() as other:
        assert other.run("!ip netns list") == ""
        assert other.run("!ip -br link | wc -l") == "1\r\n"
        assert other.run("!pgrep -c sleep") == "0\r\n"
        other.run("!ip netns add mine; ip netns del mine")
    assert "mine" in kernel.run("!ip netns list; pkill sleep")


def test_files_stay_the_learners(kernel):
    """Outside, a file that a cell writes belongs to the learner; the home folder in the lab is the learner's own."""
    kernel.run("import os, pathlib\nfile = pathlib.Path.home() / '.nslab-test'\nfile.write_text('x')")

    assert kernel.run("print(file.stat().st_uid == pathlib.Path.home().stat().st_uid); file.unlink()") == "True\n"


def test_messages_may_be_encrypted():
    """Jupyter's transport encryption works."""
    with notebook(encryption="required") as kernel:
        assert kernel.run("1 + 1") == "2\n"


def test_the_debugger_stops_at_a_breakpoint(kernel):
    """JupyterLab's debugger attaches, stops at a breakpoint, and continues.

    This test has to be the last: after it each shell line of this kernel waits a while for the debugger.
    """
    code, asked = "a = 1\nb = a + 1\nc = b\n", iter(range(1, 99))

    def debug(command, **arguments):
        content = {"type": "request", "seq": next(asked), "command": command, "arguments": arguments}
        return kernel.control("debug_request", content)

    assert debug("initialize", clientID="test", adapterID="", pathFormat="path", linesStartAt1=True)["success"]
    assert debug("attach")["success"]
    source = debug("dumpCell", code=code)["body"]["sourcePath"]
    debug("setBreakpoints", source={"path": source}, breakpoints=[{"line": 2}], sourceModified=False)
    debug("configurationDone")
    cell = kernel.client.execute(code)
    thread = wait_until_stopped(kernel)
    frames = debug("stackTrace", threadId=thread)["body"]["stackFrames"]
    debug("continue", threadId=thread)

    assert frames[0]["line"] == 2
    assert kernel.reply(cell)["status"] == "ok"
    debug("disconnect", restart=False, terminateDebuggee=False)


def wait_until_stopped(kernel):
    while True:
        message = kernel.client.get_iopub_msg(timeout=CELL_S)
        content = message["content"]
        if message["msg_type"] == "debug_event" and content.get("event") == "stopped":
            return content["body"]["threadId"]


def test_the_first_process_holds_nothing_of_the_machines(kernel):
    """Process 1's open files lead to no namespace, file or socket outside the lab."""
    held = kernel.run("!ls -l /proc/1/fd | grep -o -- '-> .*'").split("\r\n")

    held = [line for line in held if line.startswith("-> ")]
    kinds = {line.removeprefix("-> ").partition(":")[0] for line in held}
    assert kinds <= {"/dev/null", "pipe", "socket", "anon_inode", "net"}
    (home,) = (line for line in held if line.startswith("-> net:"))
    assert kernel.run("!readlink /proc/self/ns/net").strip().endswith(home.removeprefix("-> "))
