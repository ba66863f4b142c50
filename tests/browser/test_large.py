"""The live picture with a hundred namespaces: opening stacks, packets, and whether the page follows changes."""

import pytest
from playwright.sync_api import expect

from tests.browser.hundred import BUSY, PING, RESTING, STACKS, STOP, measure, open_hundred, open_stack, target

pytestmark = pytest.mark.browser
MOVING = """() => document.getAnimations().filter(one => one.effect.target?.closest?.(".nl-live")).length"""
WATCH_PACKETS = """what => {
  window.seen = false;
  const packets = document.querySelector(".nl-packets");
  new MutationObserver((_all, self) => {
    if (packets.querySelector(what)) { self.disconnect(); window.seen = true }
  }).observe(packets, { childList: true })
}"""


@pytest.fixture(scope="module")
def language():
    return "en"


@pytest.fixture(scope="module")
def notebook(lab):
    return open_hundred(lab)


def stacks(notebook):
    """Return the names of the closed stacks, in the order of the picture."""
    return notebook.page.locator('[data-target^="namespace /"]').evaluate_all(
        "all => all.map(one => one.dataset.target)"
    )


def focused(notebook):
    return notebook.page.evaluate("() => document.activeElement.dataset.target")


def said(notebook):
    return notebook.page.locator(".nl-live [role=status]").first


def next_packet(notebook, selector):
    """Wait until another packet matches the selector."""
    notebook.page.evaluate(WATCH_PACKETS, selector)
    notebook.wait_until("() => window.seen")


def test_keys_open_and_close_a_stack(notebook):
    """Enter opens a stack and focuses its first namespace; Escape closes it at its old place and focuses it again."""
    keys, stack = notebook.page.keyboard, target(notebook, "namespace /br-c")
    order = stacks(notebook)
    assert set(STACKS) == set(order)
    assert stack.get_attribute("aria-label").startswith("c01 … c25: 25 namespaces alike")
    for key in ("ArrowDown", "ArrowUp"):  # the side of the host where the stack is depends on the order of events
        target(notebook, "interface host//br-c/bundle").focus()
        keys.press(key)
        if focused(notebook) == "namespace /br-c":
            break
    assert "namespace /br-c" == focused(notebook)
    expect(stack).to_have_attribute("aria-expanded", "false")

    keys.press("Enter")
    expect(said(notebook)).to_have_text("Each by itself now.")
    assert "namespace c01" == focused(notebook)
    assert set(order) - {"namespace /br-c"} == set(stacks(notebook))
    notebook.screenshot("large-opened", ".nl-live")
    keys.press("ArrowRight")
    assert "namespace c02" == focused(notebook)

    keys.press("Escape")
    expect(said(notebook)).to_have_text("As one stack again.")
    assert "namespace /br-c" == focused(notebook)
    assert order == stacks(notebook)


def test_opening_one_closes_the_other(notebook):
    """A click opens one stack, a click on another's ports opens that one instead, and a button closes it."""
    order = stacks(notebook)
    target(notebook, "namespace /br-d").click()
    expect(target(notebook, "namespace d01")).to_be_attached()
    target(notebook, "interface host//br-c/bundle").click()
    expect(target(notebook, "namespace c01")).to_be_attached()
    assert set(STACKS) - {"namespace /br-c"} == set(stacks(notebook))

    notebook.page.get_by_role("button", name="Close c01 … c25").click()
    expect(target(notebook, "namespace /br-c")).to_be_focused()
    assert order == stacks(notebook)
    notebook.screenshot("large-stacks", ".nl-live")


def test_packets_travel_through_a_stack(notebook):
    """Packets move as dots; with prefers-reduced-motion nothing moves, and names appear where packets pass."""
    page = notebook.page
    notebook.run(PING)
    next_packet(notebook, "circle")
    notebook.screenshot("large-pinging", ".nl-live")
    page.emulate_media(reduced_motion="reduce")
    next_packet(notebook, ".nl-packet-name")
    page.wait_for_function(f"() => !({MOVING})()")  # until no packet from before is still moving
    next_packet(notebook, ".nl-packet-name")
    assert 0 == page.evaluate(MOVING)
    page.emulate_media(reduced_motion="no-preference")
    notebook.run(STOP)


def test_the_picture_keeps_its_colours_in_high_contrast(notebook):
    """With forced colours the picture keeps its background, so that its text stays readable."""
    notebook.page.emulate_media(forced_colors="active")
    notebook.screenshot("large-forced", ".nl-live")
    expect(notebook.page.locator(".nl-stage").first).to_have_css("background-color", "rgb(255, 255, 255)")
    notebook.page.emulate_media(forced_colors="none")


def test_the_page_shows_every_change(notebook):
    """The page draws every update that the kernel sends, with all stacks closed and with one open; at rest, nothing.

    How many changes the kernel combines into one update depends on the machine: `make bench` measures that.
    """
    assert 0 == measure(notebook, RESTING)["drawn"]
    for name in ("", "namespace /br-c"):
        if name:
            open_stack(notebook, name, "namespace c01")
        busy = measure(notebook, BUSY)
        assert busy["sent"] == busy["drawn"] > 1
        assert busy["latency_ms"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(notebook, theme):
    """axe finds no accessibility violation in a picture with an open stack."""
    if "namespace /br-c" in stacks(notebook):
        open_stack(notebook, "namespace /br-c", "namespace c01")
    expect(notebook.page.locator(".nl-live .nl-halo, .nl-live .nl-badge")).to_have_count(0)
    notebook.theme(theme)

    assert [] == notebook.violations(".nl-live")
    notebook.screenshot(f"large-{theme}", ".nl-live")
