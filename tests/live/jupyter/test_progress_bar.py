"""A long change in a real notebook kernel: its progress bar, and an interrupt."""

import re

import pytest

from tests.live.sandbox.notebook import CELL_S, notebook

pytestmark = pytest.mark.outside
STAR = """
from nslab_kernel import *
from nslab_kernel.network import build_progress
build_progress.AFTER_S = 0.0
down = ("BROADCAST", "MULTICAST")
def star(count):
    ports, namespaces = [], {}
    for n in range(count):
        mac = f"02:00:00:00:{n // 256:02x}:{n % 256:02x}"
        port = f"port{n}"
        peers = dict(peer=End(f"n{n}", "eth0"), peer_ifindex=2, master="hub")
        ports.append(Link(port, 10 + n, "veth", mac, 1500, "DOWN", down, **peers))
        eth0 = Link("eth0", 2, "veth", mac.replace("02:", "06:", 1), 1500, "DOWN", down,
                    peer=End("host", port), peer_ifindex=10 + n)
        lo = Link("lo", 1, "loopback", "00:00:00:00:00:00", 65536, "DOWN", ("LOOPBACK",))
        namespaces[f"n{n}"] = Namespace(f"n{n}", (lo, eth0))
    host = snapshot().namespaces["host"]
    hub = Link("hub", 5, "bridge", "02:00:00:ff:00:00", 1500, "DOWN", down)
    host = Namespace("host", (*host.links, hub, *ports), host.routes)
    return Network({"host": host, **dict(sorted(namespaces.items()))})
"""


@pytest.fixture(scope="module")
def kernel():
    with notebook(NSLAB_LANG="en") as started:
        started.run(STAR)
        yield started


def told_until_idle(kernel, asked, heard=lambda looks: None):
    """Return what a cell shows: message type, data and display id. Call `heard` with each data at once."""
    told = []
    while True:
        message = kernel.client.get_iopub_msg(timeout=CELL_S)
        kind, content = message["msg_type"], message["content"]
        if message["parent_header"].get("msg_id") != asked:
            continue
        if "data" in content:
            told.append((kind, content["data"], content["transient"].get("display_id")))
            heard(content["data"])
        if kind == "status" and content["execution_state"] == "idle":
            return told


def test_a_long_change_shows_how_far_it_is_and_then_nothing(kernel):
    """One progress bar moves on, has its value for screen readers too, and is empty at the end."""
    told = told_until_idle(kernel, kernel.client.execute("change = build(star(300))"))
    bars = [looks for _kind, looks, _place in told if looks["text/plain"]]
    done, of = zip(*(map(int, re.findall(r"\d+", looks["text/plain"])) for looks in bars), strict=True)

    assert list(done) == sorted(set(done))
    assert {*of} == {max(of)} and max(of) > 300
    assert len(bars) > 5
    for looks, now in zip(bars, done, strict=True):
        bar = re.search(r"<progress [^>]*>", looks["text/html"])[0]
        assert f'role="progressbar" value="{now}" max="{of[0]}" aria-valuenow="{now}"' in bar
        assert f'aria-valuetext="{now} of {of[0]} changes"' in bar
    assert [kind for kind, _looks, _place in told] == ["display_data"] + ["update_display_data"] * len(bars)
    assert len({place for _kind, _looks, place in told}) == 1
    assert told[-1][1] == {"text/html": "", "text/plain": ""}
    assert "302 ()" == kernel.run("print(len(snapshot().namespaces) + 1, change.left_out)").strip()
    kernel.run("lab_reset();")


def test_a_short_change_shows_no_bar(kernel):
    """A change that is over quickly shows no bar."""
    kernel.run("build_progress.AFTER_S = 60.0")
    told = told_until_idle(kernel, kernel.client.execute("build(star(3)); lab_reset();"))
    kernel.run("build_progress.AFTER_S = 0.0")

    assert told == []


def test_an_interrupt_ends_a_long_change_and_puts_it_back(kernel):
    """The interrupt comes early, the bar goes, all changes are taken back, and the kernel goes on."""
    kernel.run('lab_reset(); netns_add("mine"); before = snapshot()')
    interrupted = []

    def interrupt(looks):
        if not interrupted:
            interrupted.append(looks)
            kernel.manager.interrupt_kernel()

    whole = "Network({**star(1000).namespaces, 'mine': before.namespaces['mine']})"
    asked = kernel.client.execute(f"network = {whole}\nbuild(network)")
    told = told_until_idle(kernel, asked, interrupt)

    assert kernel.reply(asked)["ename"] == "KeyboardInterrupt"
    assert told[-1][1] == {"text/html": "", "text/plain": ""}
    bars = [looks["text/plain"] for _kind, looks, _place in told]
    assert max(int(bar.split()[0]) for bar in bars if bar.endswith(" of 3001 changes")) < 1500
    assert kernel.run("print(sorted(snapshot().namespaces))").strip() == "['host', 'mine']"
    assert kernel.run("print(snapshot() == before)").strip() == "True"
    assert kernel.run('netns_add("next"); print(undo().command)').strip() == "ip netns del next"
