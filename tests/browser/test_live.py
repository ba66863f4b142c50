"""The live widgets in JupyterLab: keyboard, mouse, languages, themes, and the page without a kernel."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.learner_lab import BACKGROUND_COLOURS

pytestmark = pytest.mark.browser
STEPS = [
    ('netns_add("test1")', '[data-target="namespace test1"]'),
    ("!ip netns add test2", '[data-target="namespace test2"]'),
    ('veth_add("veth-test1", "veth-test2");', '[data-target="interface host/veth-test1"]'),
    ('link_set_netns("veth-test1", "test1");', '[data-target="interface test1/veth-test1"]'),
    ('link_set_netns("veth-test2", "test2");', '[data-target="interface test2/veth-test2"]'),
    ('addr_add("192.168.1.1/24", dev="veth-test1", netns="test1");', '[aria-label*="192.168.1.1/24"]'),
    ('addr_add("192.168.1.2/24", dev="veth-test2", netns="test2");', '[aria-label*="192.168.1.2/24"]'),
    ('link_up("veth-test1", netns="test1");', '[aria-label*="LOWERLAYERDOWN"]'),
    ('link_up("veth-test2", netns="test2");', '[aria-label*="192.168.1.2/24"][aria-label*="UP"]'),
]
"""The cells of the tutorial; each makes an element that matches the selector appear in the live picture."""
LIVE = "from nslab_kernel import *\nlive = topology_live()\nlive"
PINGING = 'pinging = ping_live("192.168.1.2", netns="test1", count=1000, interval_s=0.3)\npinging'
BUSY = """
import time
print('busy', flush=True)
while pinging.running:
    time.sleep(0.05)
print('sent:', pinging.result.sent)
"""
TUTORIAL = [
    LIVE,
    *(code for code, _selector in STEPS),
    PINGING,
    BUSY,
    "ping_matrix()",
    'journey("192.168.1.2", netns="test1")',
]
PING, CELL, MATRIX, JOURNEY = range(10, 14)
THREADS = """
import threading, time
ours = lambda: sorted(t.name for t in threading.enumerate() if t.name.startswith('nslab'))
last = time.time() + 60
while len(ours()) > 1 and time.time() < last:
    time.sleep(0.05)
print(ours())
"""
SHORT = [LIVE, 'netns_add("test1")', 'pinging = ping_live("127.0.0.1", count=1000)\npinging', THREADS]


@pytest.fixture(scope="module")
def built(lab, language):
    """Run the tutorial cell by cell, and check that the live picture shows each change by itself, also of `!ip`."""
    built = lab.notebook(f"{language}/live.ipynb", TUTORIAL)
    built.run(0)
    expect(targets(built).first).to_be_attached()
    for number, (_code, selector) in enumerate(STEPS, 1):
        new = built.page.locator(f".nl-live .nl-target{selector}")
        assert 0 == new.count()
        built.run(number)
        expect(new.first).to_be_attached()
    built.screenshot(f"live-{language}-built", ".nl-live")
    yield built
    built.close()


@pytest.fixture
def short(lab, language, request):
    """Yield a new notebook with a live picture and a live ping, with its own page and kernel."""
    path = f"{language}/{request.node.originalname}.ipynb"
    short = lab.notebook(path, SHORT)
    short.path = path
    short.run(0, 1, 2)
    expect(targets(short, "test1").first).to_be_attached()
    yield short
    short.close()


def targets(notebook, *words):
    """Return the picture's namespaces and interfaces with these words in their label."""
    return notebook.page.locator(".nl-live .nl-target" + "".join(f'[aria-label*="{word}"]' for word in words))


def target(notebook, name):
    return notebook.page.locator(f'.nl-target[data-target="{name}"]').first


def label_of_focus(notebook):
    return notebook.page.evaluate("() => document.activeElement.getAttribute('aria-label')")


def wait_until_unmarked(notebook):
    """Wait until the marks of a change are gone; until then removed things are still in the picture."""
    expect(notebook.page.locator(".nl-live .nl-halo, .nl-live .nl-badge")).to_have_count(0)


def press_until(notebook, key, locator):
    """Press a key until an element has the focus, at most 20 times."""
    for _press in range(20):
        if locator.evaluate("element => element === document.activeElement"):
            return
        notebook.page.keyboard.press(key)
    pytest.fail(f"{key} does not lead there")


def test_the_picture_follows_each_step(built):
    """At the end both ends are up, and the live region has told screen readers about the last change."""
    assert 2 == targets(built, "/24", "UP").count()
    expect(built.page.locator(".nl-live [role=status]").first).to_contain_text("veth-test2")


def test_keys_alone_reach_everything(built, language):
    """Arrow keys move to an interface and along its cable, Enter opens its details, Escape returns to it."""
    keys, page = built.page.keyboard, built.page
    details = page.locator(".nl-details")
    wait_until_unmarked(built)
    targets(built).first.focus()
    keys.press("Home")
    keys.press("ArrowDown")
    assert label_of_focus(built).startswith("veth-test1")
    keys.press("ArrowRight")
    assert label_of_focus(built).startswith("veth-test2")
    keys.press("ArrowLeft")

    keys.press("Enter")
    expect(details).to_contain_text('link_down("veth-test1", netns="test1")')
    expect(details).to_contain_text("ip netns exec test1 ip addr show dev veth-test1")
    expect(target(built, "interface test1/veth-test1")).to_have_attribute("aria-expanded", "true")
    built.screenshot(f"live-{language}-details", ".nl-live")

    press_until(built, "Tab", details.get_by_role("button").first)
    keys.press("Enter")
    expect(targets(built, "192.168.1.1/24", "DOWN")).to_have_count(1)
    expect(details.locator(".nl-result")).to_contain_text("ip netns exec test1 ip link set dev veth-test1 down")
    built.screenshot(f"live-{language}-down", ".nl-live")
    expect(details).to_contain_text('link_up("veth-test1"')
    assert details.get_by_role("button").first.evaluate("element => element === document.activeElement")
    keys.press("Enter")
    expect(targets(built, "/24", "UP")).to_have_count(2)

    keys.press("Escape")
    expect(details).to_be_hidden()
    assert label_of_focus(built).startswith("veth-test1")
    width = width_of_picture(built)
    keys.press("+")
    assert width_of_picture(built) > width
    keys.press("0")
    assert width_of_picture(built) == width


def width_of_picture(notebook):
    return round(notebook.page.locator(".nl-stage > svg.nl-svg").first.bounding_box()["width"])


def test_a_picture_that_is_too_wide_is_seen_whole_or_larger(short):
    """A wide picture starts at a readable size; buttons zoom it or fit it to the frame, and a drag scrolls it."""
    page = short.page
    frame = page.locator(".nl-live .nl-stage").first
    larger, smaller, whole = (page.locator(".nl-live > .nl-row").first.get_by_role("button").nth(n) for n in range(3))
    frame.evaluate("frame => { frame.style.width = '200px' }")
    first = width_of_picture(short)
    assert first > 260
    whole.click()
    assert width_of_picture(short) == 200
    larger.click()
    assert width_of_picture(short) == 250
    smaller.click()
    smaller.click()
    assert width_of_picture(short) == 200

    for _press in range(4):
        larger.click()
    assert width_of_picture(short) > first
    middle, width = frame.evaluate("frame => [frame.scrollLeft + frame.clientWidth / 2, frame.scrollWidth]")
    assert middle == pytest.approx(width / 2, abs=4)
    box = frame.bounding_box()
    page.mouse.move(box["x"] + 150, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 100, box["y"] + 20)
    page.mouse.up()
    assert frame.evaluate("frame => frame.scrollLeft + frame.clientWidth / 2") == pytest.approx(middle + 50, abs=4)


def test_a_click_asks_and_pings(built, language):
    """A click on an interface opens its details, and a button in them runs a ping and shows its command."""
    details = built.page.locator(".nl-details")
    target(built, "interface test2/veth-test2").click()
    title = "veth-test2（test2）" if language == "zh" else "veth-test2 (test2)"
    expect(details.locator(".nl-title")).to_have_text(re.compile(f"^{re.escape(title)}"))
    details.get_by_role("button").nth(1).click()
    expect(details.locator(".nl-result")).to_contain_text(re.compile(r"\$ ip netns exec test2 ping .*192\.168\.1\.1"))
    built.screenshot(f"live-{language}-clicked", ".nl-live")
    details.get_by_role("button").and_(built.page.locator(".nl-row > button")).click()
    expect(details).to_be_hidden()


def test_moved_aside_it_is_alive_too(built, language):
    """A second view that JupyterLab's menu opens shows the same things."""
    page = built.page
    page.locator(".nl-live .nl-stage").first.click(button="right", position={"x": 5, "y": 5})
    page.get_by_role("menuitem", name="Create New View for Cell Output").click()
    aside = page.locator(".jp-LinkedOutputView .nl-target")
    expect(aside.first).to_be_attached()
    built.screenshot(f"live-{language}-aside", ".nl-live")
    here = page.locator(".jp-Notebook .nl-target")

    assert [each.get_attribute("aria-label") for each in here.all()] == [
        each.get_attribute("aria-label") for each in aside.all()
    ]
    page.evaluate("() => jupyterapp.shell.currentWidget.close()")
    expect(aside).to_have_count(0)


def test_the_ping_runs_and_stops_while_another_cell_works(built, language):
    """While a cell waits for the ping to end, replies arrive, packets move, and the Stop button works."""
    built.run(PING)
    ping = built.page.locator(".nl-live-ping")
    replies = ping.locator(".nl-reply")
    expect(replies.nth(2)).to_be_attached()
    built.start(CELL)
    expect(built.cell(CELL).get_by_text("busy", exact=True)).to_be_visible()
    seen = replies.count()
    expect(replies.nth(seen + 1)).to_be_attached()
    expect(built.page.locator(".nl-packets circle").first).to_be_attached()
    built.screenshot(f"live-{language}-pinging", ".nl-live")
    ping.get_by_role("button").nth(1).click()
    expect(ping).to_have_attribute("data-running", "false")
    built.wait_for_end()

    assert re.search(r"sent: \d{1,3}\n", built.cell(CELL).inner_text() + "\n")  # 1000 if it had ended by itself
    ping.locator("summary").click()
    built.screenshot(f"live-{language}-stopped", ".nl-live-ping")


def test_matrix_and_journey_are_pictures(built):
    """Matrix and journey are loaded as pictures, and the journey's packets can be saved as a file."""
    built.run(MATRIX, JOURNEY)
    cells = built.cells()
    assert [True] == [picture["loaded"] for picture in cells[MATRIX]["pictures"]]
    assert "veth-test1" in cells[JOURNEY]["pictures"][0]["alt"]
    with built.page.expect_download() as download:
        built.page.locator("a[download]").first.click()

    assert "0a0d0d0a" == Path(download.value.path()).read_bytes()[:4].hex()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 800)])
def test_each_theme_is_followed_and_axe_finds_nothing(built, language, theme, width):
    """The background follows the theme, and axe finds no violation in live widgets and outputs."""
    wait_until_unmarked(built)
    built.theme(theme)
    ground = built.page.locator(".nl-live[data-drawn]").first.evaluate("live => getComputedStyle(live).backgroundColor")

    assert BACKGROUND_COLOURS[theme] == ground
    assert [] == built.violations(".nl-live, .nl")
    built.page.set_viewport_size({"width": width, "height": 3000})
    built.screenshot_all(f"live-{language}-{width}-{theme}")
    built.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_tab_that_is_opened_again_is_alive_and_closing_the_outputs_leaves_no_thread(short):
    """After a reload the widgets work; clearing their outputs ends all threads except the one that talks to Linux."""
    short.command("docmanager:save")
    short.reload(short.path)
    expect(targets(short, "test1").first).to_be_attached()
    for number in (0, 2):
        short.page.evaluate("n => jupyterapp.shell.currentWidget.content.widgets[n].model.clearExecution()", number)
    expect(short.page.locator(".nl-live")).to_have_count(0)

    assert "['nslab-linux_0']" in short.run(3)


def test_after_a_restart_the_cell_can_be_run_again(short):
    """After a restart the cell's widget works again, and after another restart its last picture stays visible."""
    short.restart()
    short.run(0)
    expect(targets(short).first).to_be_attached()
    expect(short.page.locator(".nl-fallback img").first).to_be_hidden()
    short.restart()

    assert targets(short).count()


def test_without_a_kernel_there_is_a_picture(short, language):
    """The saved notebook shows the static picture, and no error."""
    short.command("docmanager:save")
    short.shut_down()
    short.show(short.path)
    expect(short.page.locator(".nl-fallback img").first).to_be_visible()

    assert not short.page.get_by_text("Error displaying widget").first.is_visible()
    assert "test1" in short.cells()[0]["pictures"][0]["alt"]
    short.screenshot_all(f"live-{language}-reopened")
