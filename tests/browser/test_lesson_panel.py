"""The lesson panel beside a notebook in JupyterLab, used by a learner."""

import pytest
from playwright.sync_api import expect

from tests.browser.learner_lab import BACKGROUND_COLOURS

pytestmark = pytest.mark.browser
DELETE_LINK_LATER = """import subprocess, threading
threading.Timer(1, lambda: subprocess.run(["ip", "link", "del", "dev", "a"])).start()"""
NAMESPACES = """netns_add("test1")
veth_add("veth-test1", "veth-test2")
link_set_netns("veth-test1", "test1")
netns_add("test2")
link_set_netns("veth-test2", "test2")
addr_add("192.168.1.1/24", dev="veth-test1", netns="test1")
addr_add("192.168.1.2/24", dev="veth-test2", netns="test2")
link_up("veth-test1", netns="test1")"""
CELLS = [
    "from nslab_kernel import *",
    "lesson(0)",
    "!ip link add dev a type veth peer name b; sleep 2",
    DELETE_LINK_LATER,
    NAMESPACES,
    'ping("192.168.1.2", netns="test1", count=1)',
    "import time\ntime.sleep(3600)",
    "ping_matrix(0.5)",
    "!ip netns",
    "undo();",
    "topology_live()",
    'ping_live("192.168.1.2", netns="test1")',
]
BUILD, PING, BUSY, MATRIX, LIST_NAMESPACES, UNDO, LIVE, PINGING = range(4, 12)
FIX = 'link_up("veth-test2", netns="test2")'


@pytest.fixture
def panel(lab, language, request):
    """Yield a notebook with lesson 0 at the right edge, in a page and a kernel of its own."""
    panel = lab.notebook(f"{language}/{request.node.originalname}.ipynb", CELLS)
    panel.run(0, 1)
    expect(docked(panel)).to_have_count(1)
    yield panel
    panel.close()
    (lab.root / language / ".nslab/progress.json").unlink(missing_ok=True)


def docked(panel):
    """Return the locator of the lesson panels at the right edge."""
    return panel.page.locator("#jp-right-stack .nl-lesson")


def step(panel, number):
    return docked(panel).locator(".nl-step").nth(number)


def test_it_stands_at_the_right_edge_and_ticks_itself(panel, language):
    """Steps are ticked while a cell runs, and by programs outside cells; a second `lesson` shows the same panel."""
    expect(panel.cell(1).locator(".nl-aside")).to_be_visible()
    expect(panel.cell(1).locator(".nl-lesson")).to_be_hidden()
    panel.start(2)
    expect(step(panel, 1)).to_have_attribute("data-state", "done")
    assert panel.page.evaluate("() => window.running")
    panel.wait_for_end()
    panel.screenshot(f"lesson-{language}-ticked")
    panel.run(3)
    expect(step(panel, 2)).to_have_attribute("data-state", "done")
    expect(step(panel, 1)).to_have_attribute("data-state", "lost")
    panel.run(1)
    expect(docked(panel)).to_have_count(1)
    expect(docked(panel)).to_be_visible()


def test_details_and_hints_by_keyboard_and_axe_finds_nothing(panel, language):
    """Enter opens a step and its hints, the last of which is the command; axe finds nothing in either theme."""
    keys = panel.page.keyboard
    step(panel, 1).focus()
    keys.press("Enter")
    expect(step(panel, 1)).to_have_attribute("aria-expanded", "true")
    about = docked(panel).locator(".nl-about:visible")
    expect(about.locator("table")).to_be_visible()
    keys.press("Tab")
    for given in ("1", "2", "3"):
        keys.press("Enter")
        expect(about.locator("[role=status]")).to_contain_text(given)
    expect(about.locator("[role=status]")).to_contain_text('veth_add("a", "b")')
    assert step(panel, 1).evaluate("element => element === document.activeElement")
    for theme in BACKGROUND_COLOURS:
        panel.theme(theme)
        panel.screenshot(f"lesson-{language}-{theme}")
        assert [] == panel.violations("#jp-right-stack .nl-live, .jp-Notebook .nl-live")
    panel.theme("light")
    panel.run(2)
    expect(about.get_by_role("button")).to_have_count(0)  # a step that is done has no hints


def test_it_survives_a_reload_and_says_that_the_kernel_was_restarted(panel, language):
    """A reload keeps the panel; after a restart it names goto(), and a new panel takes its place."""
    panel.run(2)
    panel.command("docmanager:save")
    panel.reload(f"{language}/test_it_survives_a_reload_and_says_that_the_kernel_was_restarted.ipynb")
    expect(step(panel, 1)).to_have_attribute("data-state", "done")
    panel.page.set_viewport_size({"width": 1280, "height": 400})
    step(panel, 3).scroll_into_view_if_needed()
    panel.restart()
    expect(panel.page.locator("#jp-right-stack .nl-lost-kernel")).to_contain_text('goto("0.3")')
    expect(panel.page.locator("#jp-right-stack .nl-lost-kernel")).to_be_in_viewport(ratio=1)
    panel.screenshot(f"lesson-{language}-restarted")
    panel.run(0, 1)
    expect(panel.page.locator("#jp-right-stack .nl-lost-kernel:not(:empty)")).to_have_count(0)
    expect(docked(panel)).to_have_count(1)
    expect(docked(panel)).to_be_visible()


def test_a_window_that_grows_cuts_nothing_off(panel):
    """JupyterLab keeps the panel's width when the window grows, also by zooming out, so the lesson must fit it."""
    panel.page.set_viewport_size({"width": 1920, "height": 1080})
    panel.wait_until("() => document.querySelector('.jp-NotebookPanel').clientWidth > 1000")
    assert docked(panel).evaluate(
        """steps => steps.getBoundingClientRect().right
                    <= document.querySelector("#jp-right-stack").getBoundingClientRect().right"""
    )


def test_a_small_window_shows_two_namespaces_whole(panel):
    """In 1024 pixels, as 1280 pixels at a zoom of 125 % have, the pictures in the panel fit without scrolling."""
    panel.page.set_viewport_size({"width": 1024, "height": 576})
    panel.run(1, BUILD)
    expect(picture_of(panel, "test2")).to_have_count(1)
    for stage in panel.page.locator("#jp-right-stack .nl-stage:visible").all():
        assert stage.evaluate("stage => stage.scrollWidth <= stage.clientWidth")


def test_live_views_say_that_the_kernel_was_restarted_or_shut_down(panel, language):
    """Views in cells say so too, because their content is outdated; a view that is run again works."""
    panel.run(BUILD, PING, MATRIX, LIVE, PINGING)
    panel.restart()
    for cell in (PING, MATRIX, LIVE, PINGING):
        expect(panel.cell(cell).locator(".nl-lost-kernel")).to_be_visible()
        expect(panel.cell(cell).locator(".nl-lost-kernel")).not_to_be_empty()
    panel.cell(LIVE).scroll_into_view_if_needed()
    panel.screenshot(f"restarted-{language}")
    panel.run(0, LIVE)
    expect(panel.cell(LIVE).locator(".nl-live .nl-svg")).to_be_visible()
    expect(panel.cell(LIVE).locator(".nl-lost-kernel:not(:empty)")).to_have_count(0)
    panel.shut_down()
    expect(panel.cell(LIVE).locator(".nl-lost-kernel")).not_to_be_empty()


def test_it_comes_to_the_front_and_closes_with_its_notebook(panel, language):
    """The active notebook's panel is shown and the notebook keeps the focus; a hidden right area stays hidden."""
    page, docks = panel.page, panel.page.locator(".jp-SideBar.jp-mod-right .lm-mod-closable")
    first, second = (page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab").nth(number) for number in range(2))
    open_beside(panel, f"{language}/1-namespaces.ipynb")
    panel.run(1, 2)
    expect(shown(panel)).to_contain_text("1.1")
    for tab, step in ((first, "0.1"), (second, "1.1"), (first, "0.1")):
        tab.click()
        expect(shown(panel)).to_contain_text(step)
        expect(shown(panel)).to_have_count(1)
        assert page.evaluate("() => jupyterapp.shell.currentWidget.node.contains(document.activeElement)")
    panel.command("application:toggle-right-area")
    expect(shown(panel)).to_have_count(0)
    second.click()
    page.wait_for_timeout(300)
    expect(shown(panel)).to_have_count(0)
    expect(docks).to_have_count(2)
    panel.shut_down()
    panel.command("docmanager:save")
    panel.command("application:close")
    expect(docks).to_have_count(1)
    expect(docks).to_contain_text("0 ")


def test_why_the_time_line_and_the_terminal(panel, language):
    """Each works by mouse or by keyboard, and axe finds nothing in either theme."""
    panel.run(BUILD, PING)
    for cell in (BUILD, PING):
        assert panel.cell(cell).locator(".nl-picture").evaluate("frame => frame.scrollWidth <= frame.clientWidth")
    ask_below_a_ping(panel)
    panel.run(MATRIX)
    ask_in_a_red_cell(panel)
    look_back(panel)
    for theme in BACKGROUND_COLOURS:
        panel.theme(theme)
        for number, name in ((PING, "ping"), (MATRIX, "matrix")):
            panel.cell(number).scroll_into_view_if_needed()
            panel.screenshot(f"why-{name}-{language}-{theme}", f".jp-Notebook .jp-Cell:nth-child({number + 1}) .nl-why")
        assert [] == panel.violations("#jp-right-stack .nl-live, .jp-Notebook .nl-live, .jp-Notebook .nl")
    panel.theme("light")
    go_back_and_undo(panel)
    type_in_a_terminal(panel)
    panel.screenshot(f"lesson-{language}-terminal")


def shown(panel):
    """Return the locator of the lessons that are visible at the right edge."""
    return panel.page.locator("#jp-right-stack .nl-lesson:visible")


def open_beside(panel, path):
    """Open another notebook in the same window, in front of the first, and wait until its kernel is idle."""
    panel.page.evaluate("path => jupyterapp.commands.execute('docmanager:open', { path }).then(() => 0)", path)
    panel.wait_until(
        """path => { const front = jupyterapp.shell.currentWidget;
                     const kernel = front?.sessionContext?.session?.kernel;
                     return front?.context?.path === path && front.context.isReady && kernel?.status === "idle" }""",
        arg=path,
    )


def picture_of(panel, name):
    """Return the locator of a namespace in the panel's picture."""
    return panel.page.locator(f"#jp-right-stack .nl-svg [data-target='namespace {name}']")


def ask_below_a_ping(panel):
    """Press the button below a failed ping while another cell runs: the answer comes at once."""
    panel.start(BUSY)
    asked = panel.cell(PING).locator(".nl-why")
    asked.get_by_role("button").click()
    expect(asked.locator("[role=group][aria-busy]")).to_contain_text(FIX)
    assert panel.page.evaluate("() => window.running")
    panel.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    panel.wait_for_end()


def ask_in_a_red_cell(panel):
    """Ask by keyboard in a red cell of the ping matrix; the interactive grid replaces the static one."""
    grid = panel.cell(MATRIX).locator(".nl-why")
    expect(panel.cell(MATRIX).locator(".nl-asked")).to_be_hidden()
    grid.locator(".nl-target").first.focus()
    panel.page.keyboard.press("ArrowLeft")  # the focus stays: no red cell is further left
    panel.page.keyboard.press("Enter")
    expect(grid.locator("[role=group][aria-busy]")).to_contain_text(FIX)


def look_back(panel):
    """Go to the first step by keyboard: the picture shows the lab as it was then, and the lab itself is unchanged."""
    marks = docked(panel).locator(".nl-mark")
    expect(marks).to_have_count(8)
    marks.last.focus()
    panel.page.keyboard.press("Home")
    panel.page.keyboard.press("Enter")
    expect(docked(panel).locator(".nl-then")).to_contain_text("ip netns add test1")
    expect(marks.first).to_have_attribute("aria-pressed", "true")
    expect(picture_of(panel, "test2")).to_have_count(0)
    assert "test2" in panel.run(LIST_NAMESPACES)


def go_back_and_undo(panel):
    """Press the button that rebuilds the lab of that step: this adds a step, which undo() takes back."""
    marks = docked(panel).locator(".nl-mark")
    docked(panel).locator(".nl-time .nl-row button").first.click()
    expect(marks).to_have_count(9)
    assert "test2" not in panel.run(LIST_NAMESPACES)
    panel.run(UNDO)
    expect(marks).to_have_count(8)
    expect(picture_of(panel, "test2")).to_have_count(1)


def type_in_a_terminal(panel):
    """Open the terminal, which is docked below, and add a namespace there: the panel's picture shows it."""
    docked(panel).locator(".nl-enter button").click()
    terminal = panel.page.locator("#jp-down-stack .jp-Terminal")
    expect(terminal).to_be_visible()
    terminal.click()
    panel.page.keyboard.type("ip netns add typed\n")
    expect(picture_of(panel, "typed")).to_have_count(1)
