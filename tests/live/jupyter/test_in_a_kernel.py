"""The live widgets in a real notebook kernel: messages, interrupts and leftovers."""

import pytest

from tests.live.sandbox.notebook import CELL_S, notebook

pytestmark = pytest.mark.outside
WIDGET = "application/vnd.jupyter.widget-view+json"
BUILD = """
import subprocess, threading, time
from IPython.display import display
from nslab_kernel import *
from nslab_kernel.jupyter import live_topology
def ip(*lines): subprocess.run(["ip", "-batch", "-"], input="\\n".join(lines), text=True, check=True)
def without_ipv6(*enter):  # its addresses would change the network a second later
    for which in ("all", "default"):
        subprocess.run([*enter, "sysctl", "-qw", f"net.ipv6.conf.{which}.disable_ipv6=1"], check=True)
without_ipv6()
ip("link set dev lo up", "link add dev lab0 type bridge", "link set dev lab0 up")
for n in range(4):
    ip(f"netns add n{n}")
    without_ipv6("ip", "netns", "exec", f"n{n}")
    ip(f"link add dev v{n} type veth peer name eth0 netns n{n}", f"link set dev v{n} master lab0 up")
    subprocess.run(["ip", "-n", f"n{n}", "-batch", "-"], text=True, check=True,
                   input=f"addr add 10.0.0.{n + 1}/24 dev eth0\\nlink set dev eth0 up\\n")
"""
IGNORE_ECHO = 'netns_exec("n3", "sysctl -w net.ipv4.icmp_echo_ignore_all={}");'
WAITING = """
print("waiting", flush=True)
limit = time.monotonic() + 100
while ping.running and time.monotonic() < limit:
    time.sleep(0.01)
print("heard" if not ping.running else "deaf")
"""


COUNTED = """
drawn, draw = [], live_topology.topology_scene
live_topology.topology_scene = lambda network: drawn.append(network) or draw(network)
def kept():
    hooks = [hook.__module__ for hook in get_ipython().events.callbacks["post_run_cell"]]
    threads = [thread.name for thread in threading.enumerate()]
    return hooks.count("nslab_kernel.jupyter.static_fallback"), threads.count("nslab-watch"), len(drawn)
"""
"""`kept()` returns the number of hooks and of threads for live widgets, and how often a static picture was drawn."""


@pytest.fixture(scope="module")
def kernel():
    with notebook(NSLAB_LANG="en") as started:
        started.run(BUILD)
        yield started


def messages_until_idle(kernel, asked):
    """Return the messages that the kernel sends until a cell has ended."""
    told = []
    while True:
        message = kernel.client.get_iopub_msg(timeout=CELL_S)
        if message["parent_header"].get("msg_id") != asked and not message["msg_type"].startswith("comm"):
            continue
        told.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return told


def shown(told, kind):
    return [message["content"]["data"] for message in told if message["msg_type"] == kind]


def test_a_button_is_heard_while_a_cell_runs(kernel):
    """The page's messages go to a subshell of its own, found by ipykernel's `Comm._reply_subshell_for`."""
    kernel.run('ping = ping_live("127.0.0.1", count=10_000)')
    model = kernel.run("print(ping.model_id)").strip()
    subshell = kernel.control("create_subshell_request", {})["subshell_id"]
    asked = kernel.client.execute(WAITING)
    while "waiting" not in str(kernel.client.get_iopub_msg(timeout=CELL_S)["content"].get("text")):
        pass
    data = {"method": "custom", "content": {"type": "stop", "page": "p"}}
    message = kernel.client.session.msg("comm_msg", {"comm_id": model, "data": data})
    message["header"]["subshell_id"] = subshell
    kernel.client.shell_channel.send(message)
    told = messages_until_idle(kernel, asked)

    assert "heard\n" == "".join(m["content"]["text"] for m in told if m["msg_type"] == "stream")
    kernel.control("delete_subshell_request", {"subshell_id": subshell})


@pytest.mark.parametrize(
    ("part", "still"),
    [
        ('ping_live("127.0.0.1")', "part.running"),
        ("topology_live()", "part not in live_topology.shared_watch.followers"),
    ],
)
def test_awaiting_is_interrupted(kernel, part, still):
    """An interrupt ends the `await`; it also ends an awaited ping, but not a picture."""
    kernel.run(f"part = {part}")
    said = "asyncio.get_running_loop().call_soon(print, 'waiting')"  # printed by the event loop, so while it awaits
    ended = kernel.interrupt_when(f"import asyncio; {said}; await part", "waiting")

    assert ended in ("KeyboardInterrupt", "CancelledError")
    assert "False" == kernel.run(f"print({still})").strip()
    kernel.run("part.close()")


def test_pictures_that_nobody_looks_at_cost_nothing(kernel):
    """Of twenty pictures without a page one is kept up to date; once their pages have closed, none is."""
    kernel.run(COUNTED)
    told = messages_until_idle(kernel, kernel.client.execute("parts = [topology_live() for _ in range(20)]"))
    assert [] == shown(told, "display_data")
    told = messages_until_idle(kernel, kernel.client.execute("for part in parts: display(part)"))
    assert 40 == len(shown(told, "display_data"))
    told = messages_until_idle(kernel, kernel.client.execute("print(kept())"))
    assert "(1, 1, 1)\n" == told[-2]["content"].get("text")
    assert [] == shown(told, "update_display_data")

    told = messages_until_idle(kernel, kernel.client.execute("netns_add('seen');"))
    assert 1 == len([looks for looks in shown(told, "update_display_data") if "seen" in looks["text/plain"]])
    assert "(1, 1, 2)" == kernel.run("print(kept())").strip()
    for kind in ("open", "close"):
        kernel.run(f"for n, part in enumerate(parts): part._on_message(0, dict(type='{kind}', page=n), 0)")
    told = messages_until_idle(kernel, kernel.client.execute("netns_del('seen');"))
    assert [] == shown(told, "update_display_data")
    assert "(0, 0, 2)" == kernel.run("print(kept())").strip()


def test_a_page_that_opens_again_is_kept_up_to_date(kernel):
    """Its static picture is kept up to date too, and once more when the page closes."""
    kernel.run("part = topology_live(); display(part); part._on_message(0, dict(type='open', page='a'), 0)")
    kernel.run("part._on_message(0, dict(type='close', page='a'), 0)")
    kernel.run("netns_add('unseen');")
    told = messages_until_idle(kernel, kernel.client.execute("part._on_message(0, dict(type='open', page='b'), 0)"))
    assert "unseen" in shown(told, "update_display_data")[-1]["text/plain"]
    told = messages_until_idle(
        kernel, kernel.client.execute("netns_del('unseen'); part._on_message(0, dict(type='close', page='b'), 0)")
    )
    assert "unseen" not in shown(told, "update_display_data")[-1]["text/plain"]
    kernel.run("part.close()")


def test_a_static_picture_that_cannot_be_drawn_says_so_once(kernel):
    """A static picture that cannot be drawn shows the error once, and later cells show none."""
    kernel.run(COUNTED + "part = topology_live(); display(part)")
    kernel.run("def refuse(network): raise ValueError('no such shape')\nlive_topology.topology_scene = refuse")
    told = messages_until_idle(kernel, kernel.client.execute("netns_add('odd');"))
    assert "no such shape" in shown(told, "update_display_data")[-1]["text/plain"]
    told = messages_until_idle(kernel, kernel.client.execute("netns_del('odd');"))
    assert [] == [message["content"] for message in told if message["msg_type"] in ("stream", "update_display_data")]
    kernel.run("live_topology.topology_scene = draw; part.close()")


def test_a_matrix_shows_how_far_it_is(kernel):
    """A widget shows the progress; in the end it is gone, and the result is stored with a widget that asks why()."""
    kernel.run(IGNORE_ECHO.format(1))
    told = messages_until_idle(kernel, kernel.client.execute("ping_matrix(timeout_s=3)"))
    (first, asking, _fallback), last = shown(told, "display_data"), shown(told, "update_display_data")[-1]
    states = [m["content"]["data"].get("state", {}) for m in told if m["msg_type"] in ("comm_open", "comm_msg")]

    assert first[WIDGET]["model_id"]
    assert "data:image/svg+xml" in first["text/html"]
    assert {12} == {state["total"] for state in states if "total" in state}
    assert {"text/html": "", "text/plain": ""} == last
    assert any(message["msg_type"] == "comm_close" for message in told)
    assert "9 of 12 directions work" in shown(told, "execute_result")[0]["text/html"]
    assert [3] == [len(state["questions"]) for state in states if "questions" in state]
    assert asking[WIDGET]["model_id"] != first[WIDGET]["model_id"]


def test_an_interrupted_matrix_leaves_what_is_known(kernel):
    """The interrupt ends the matrix while it waits for replies, and the known directions stay in the picture."""
    kernel.run(IGNORE_ECHO.format(1))
    asked = kernel.client.execute("ping_matrix(timeout_s=50)")
    seen = known = False
    while not (seen and known):
        message = kernel.client.get_iopub_msg(timeout=CELL_S)
        seen = seen or message["msg_type"] == "display_data"
        known = known or message["content"].get("data", {}).get("state", {}).get("done") == 9
    kernel.manager.interrupt_kernel()
    told = messages_until_idle(kernel, asked)
    last = shown(told, "update_display_data")[-1]

    assert "KeyboardInterrupt" == next(m["content"]["ename"] for m in told if m["msg_type"] == "error")
    assert "Interrupted at 9 of 12." == last["text/plain"]
    assert "data:image/svg+xml" in last["text/html"]
