"""Outputs in an exported page, in a real browser: cards, copying and themes."""

import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from nslab_kernel.display.bundle import bundle
from nslab_kernel.jupyter.cell_output import widget_view
from nslab_kernel.jupyter.static_fallback import static_data
from nslab_kernel.model.results import Change, Listing
from tests.networks import one_end_up, two_namespaces

pytestmark = [pytest.mark.outside, pytest.mark.browser]

LINK = "3: veth-test1@if2: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN\n    link-netnsid 0\n"
CARD = "element => getComputedStyle(element, '::after').content"


@pytest.fixture(params=["light", "dark"])
def page(chromium, tmp_path, monkeypatch, request):
    """Yield the exported page in one theme, in a browser that prefers the other."""
    monkeypatch.setenv("NSLAB_LANG", "en")
    values = [Change("ip link set dev b up", one_end_up(), two_namespaces()), Listing("ip link", LINK)]
    cells = [new_code_cell("step", outputs=[new_output("display_data", bundle(value))]) for value in values]
    html, _ = HTMLExporter(theme=request.param).from_notebook_node(new_notebook(cells=cells))
    (tmp_path / "page.html").write_text(html)
    other = {"light": "dark", "dark": "light"}[request.param]
    opened = chromium.new_context(color_scheme=other).new_page()
    opened.theme = request.param
    opened.goto(f"file://{tmp_path}/page.html")
    yield opened
    opened.context.close()


def test_the_static_picture_hides_nothing_but_its_own_widget(chromium, tmp_path):
    """The static picture hides only its own widget, not the learner's, and is hidden while its widget is alive."""
    slider, live = (widget_view(name) for name in ("mine", "live"))
    outputs = [
        new_output("display_data", looks) for looks in (slider, live, static_data("<p>as it was</p>", ""), slider)
    ]
    notebook = new_notebook(cells=[new_code_cell("", outputs=outputs)])
    states = {"application/vnd.jupyter.widget-state+json": {"state": {"mine": {}, "live": {}}}}
    notebook.metadata["widgets"] = states  # without a state, nbconvert shows no widget
    html, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "page.html").write_text(html)
    opened = chromium.new_page()
    opened.goto(f"file://{tmp_path}/page.html")
    shown = lambda: opened.eval_on_selector_all(  # noqa: E731
        ".jp-OutputArea-child", "all => all.map(one => getComputedStyle(one).display !== 'none')"
    )

    assert [True, False, True, True] == shown()
    opened.evaluate(
        """() => { const part = document.createElement("div"); part.className = "nl-live";
                   document.querySelectorAll(".jupyter-widgets")[1].append(part) }"""
    )
    assert [True, True, False, True] == shown()
    opened.close()


def word(page, text):
    return page.locator(".nl-field", has_text=text).first


def test_a_card_opens_for_the_pointer_and_for_the_keyboard(page):
    """The card of a field explains it and names a manual page; Escape closes the card."""
    assert word(page, "@if2").evaluate(CARD) == "none"

    word(page, "@if2").hover()
    assert "interface number 2 in another namespace" in word(page, "@if2").evaluate(CARD)
    assert "veth(4)" in word(page, "@if2").evaluate(CARD)

    page.mouse.move(0, 0)
    word(page, "qdisc noop").focus()
    assert "was never switched on" in word(page, "qdisc noop").evaluate(CARD)
    page.keyboard.press("Escape")
    assert word(page, "qdisc noop").evaluate(CARD) == "none"


def test_copy_takes_the_command_alone(page):
    """The button, pressed by key, copies the command without its prompt, and says so."""
    button = page.locator(".nl-copy").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => getComputedStyle(document.querySelector('.nl-copy'), '::before').content.includes('Copied')"
    )
    page.context.grant_permissions(["clipboard-read"])

    assert "ip link set dev b up" == page.evaluate("navigator.clipboard.readText()")


def test_without_a_clipboard_the_command_is_selected(page, tmp_path):
    """A page loaded by plain HTTP may not copy, so the button selects the command, and names the keys that copy it."""
    html = (tmp_path / "page.html").read_text()
    page.route("http://lab.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://lab.example/")
    button = page.locator(".nl-copy").first
    button.click()
    page.locator(".nl-copy.nl-selected").wait_for()

    assert "ip link set dev b up" == page.evaluate("getSelection().toString()").strip().removeprefix("$ ")
    assert "Ctrl+C" in button.evaluate("element => getComputedStyle(element, '::before').content")


def test_the_theme_is_the_pages(page):
    """Text and picture follow the theme of the export, not that of the machine."""
    scheme = "element => getComputedStyle(element).colorScheme"

    assert page.locator(".nl").first.evaluate(scheme) == page.theme
    assert page.locator(".nl img").first.evaluate(scheme) == page.theme
