"""The recorded runs in a browser without a network: on phone and desktop, light and dark, by mouse and by keyboard."""

import re
import sys
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.learner_lab import SCREENSHOTS, learner_lab
from tests.hosting.conftest import LESSON
from tests.hosting.test_site import WHOLE
from tests.live.sandbox import launches

BINDER = Path(__file__).parents[2] / "binder"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
LIMIT_MS = 120_000  # high, for a busy machine; otherwise no page takes so long
pytestmark = pytest.mark.browser


@pytest.fixture
def visit(site, chromium):
    """Yield a function that opens a page of the site in a new browser context with these settings."""
    contexts, faults = [], []

    def opened(name, **settings):
        context = chromium.new_context(**{"viewport": PHONE, "offline": True, "locale": "en-GB"} | settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.set_default_timeout(LIMIT_MS)
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert [] == faults


def arrive(page, place):
    """Wait until the address contains `place` and the page is complete: the address changes before scripts run."""
    page.wait_for_function("place => location.href.includes(place) && document.readyState === 'complete'", arg=place)


def led_to(page, front):
    """Return the language to which the front page redirects; a new Chromium process may see stored choices late."""
    page.goto(front)
    page.wait_for_url(re.compile("/(en|zh)/index.html$"))
    return page.url.split("/")[-2]


def in_sight(page, selector):
    return page.eval_on_selector(
        selector, "one => { const box = one.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; }"
    )


def violations(page):
    """Return axe's violations in a page, and not its passes, which would double the time."""
    return Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_accessible(site, visit, size):
    """No page is wider than the window, and axe finds no violation in light or dark."""
    faults = []
    for path in sorted(site.rglob("*.html")):
        name = str(path.relative_to(site))
        page = visit(name, viewport=size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = violations(page)
            faults += [
                (name, scheme, fault["id"], [node["html"][:120] for node in fault["nodes"]][:3]) for fault in found
            ]
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, "wide", wide)] if wide > size["width"] else []
        page.context.close()

    assert [] == faults


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_opens_is_accessible(visit, scheme):
    """axe finds no violation in the open list of steps on a phone, an enlarged picture and the results of a search."""
    page, faults = visit(f"en/{LESSON}.html", color_scheme=scheme), []
    page.click(".open-steps")
    faults += violations(page)
    page.keyboard.press("Escape")
    page.click("button.picture >> nth=0")
    faults += violations(page)
    page = visit("en/index.html", color_scheme=scheme)
    page.fill("#words", "cable")
    faults += violations(page)

    assert [] == [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults]


@pytest.mark.parametrize(("spoken", "language"), [("zh-CN", "zh"), ("zh-TW", "zh"), ("en-GB", "en"), ("fr", "en")])
def test_the_browsers_language_comes_first(visit, spoken, language):
    """The first visit shows the browser's language; later visits show the language that the reader chose."""
    other = "zh" if language == "en" else "en"
    page = visit("index.html", locale=spoken)
    arrive(page, f"/{language}/index.html")

    page.click("a.switch")
    arrive(page, f"/{other}/index.html")
    front = page.url.replace(f"/{other}/", "/")
    assert any(led_to(page, front) == other for _again in range(20))


def test_without_scripts_both_languages_are_offered(visit):
    """Without JavaScript the reader can choose a language and open a lesson with its pictures."""
    page = visit("index.html", java_script_enabled=False)
    page.click("a[hreflang=zh-CN]")
    page.wait_for_url("**/zh/index.html")

    page.click(".lessons a >> nth=-1")
    page.wait_for_url(f"**/zh/{LESSON}.html")
    assert page.locator("main img").count() > 5


def test_the_switch_keeps_the_place(visit):
    """The language switch at step 3.4 leads to step 3.4 of the other language."""
    page = visit(f"en/{LESSON}.html#3.4")
    page.click("a.switch")
    arrive(page, f"/zh/{LESSON}.html#3.4")

    assert in_sight(page, '[id="3.4"]')


def test_steps_on_a_phone(visit):
    """A button opens the list of steps; following a step closes the list, and so does Escape."""
    page = visit(f"en/{LESSON}.html")
    assert not page.is_visible("#steps")

    page.focus(".open-steps")
    page.keyboard.press("Enter")
    assert page.is_visible("#steps")
    page.keyboard.press("Escape")
    assert not page.is_visible("#steps")
    page.click(".open-steps")
    page.click('#steps a[href="#3.9"]')

    assert not page.is_visible("#steps")
    assert in_sight(page, '[id="3.9"]')


def test_steps_on_a_desk(visit):
    """On a wide window the list stands beside the text, stays visible, and marks the reader's current step."""
    page = visit(f"en/{LESSON}.html", viewport=DESK)
    page.click('#steps a[href="#3.10"]')
    page.wait_for_function("document.querySelector('#steps [aria-current]')?.hash === '#3.10'")

    assert in_sight(page, "#steps")
    steps, text = (page.locator(one).bounding_box() for one in ("#steps", "main"))
    assert steps["x"] + steps["width"] <= text["x"]


def test_pictures_fit_a_phone_and_open_large(visit):
    """No picture is wider than the screen; a click or Enter opens one in full size, Escape or a button closes it."""
    page = visit(f"en/{LESSON}.html")
    widths = page.eval_on_selector_all("main img", "all => all.map(one => [one.offsetWidth, one.naturalWidth])")
    assert max(shown for shown, _ in widths) <= PHONE["width"]
    wide = next(place for place, (_, natural) in enumerate(widths) if natural > PHONE["width"])

    page.locator("button.picture").nth(wide).focus()
    page.keyboard.press("Enter")
    assert page.locator("#large img").evaluate("one => one.offsetWidth >= one.naturalWidth")
    page.keyboard.press("Escape")

    assert not page.is_visible("#large")
    assert page.locator("button.picture").nth(wide).evaluate("one => one === document.activeElement")
    page.locator("button.picture").nth(wide).click()
    page.click("#large button")
    assert not page.is_visible("#large")


def test_a_key_skips_to_the_text(visit):
    """The first Tab reaches a link that skips to the text."""
    page = visit(f"en/{LESSON}.html", viewport=DESK)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert "main" == page.evaluate("document.activeElement.id")


@pytest.mark.parametrize(
    ("language", "asked"),
    [("en", "cable"), ("zh", "网线"), ("en", "icmp_seq=1 ttl=64"), ("zh", "icmp_seq=1")],
)
def test_a_search_goes_to_the_place(visit, language, asked):
    """A search for words of prose or output leads to their place, highlights them, and opens the fold around them."""
    page = visit(f"{language}/index.html")
    page.fill("#words", asked)
    links = page.eval_on_selector_all("#found a", "all => all.map(one => one.getAttribute('href').split('?')[0])")
    assert f"{LESSON}.html" in links
    assert WHOLE or {f"{LESSON}.html"} == set(links)

    page.click(f'#found a[href^="{LESSON}"] >> nth=0')
    arrive(page, f"/{LESSON}.html?find=")
    marked = page.evaluate(
        """() => [...CSS.highlights.get("found")].map((one) => {
             const range = new Range();
             range.setStart(one.startContainer, one.startOffset);
             range.setEnd(one.endContainer, one.endOffset);
             const box = range.getBoundingClientRect();
             return [range.toString().toLowerCase(), box.height > 0 && box.top > 0 && box.bottom < innerHeight];
           })"""
    )
    assert dict.fromkeys(asked.split(), True) == dict(marked)


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing found."), ("zh", "没有找到。")])
def test_a_search_says_that_it_found_nothing(visit, language, said):
    """A search without results says so in the page's language."""
    page = visit(f"{language}/index.html")
    page.fill("#words", "token ring")

    assert said == page.inner_text("#count")
    assert 0 == page.locator("#found a").count()


def test_a_search_opens_no_answer(visit):
    """The page to which a search leads keeps the answers folded."""
    page = visit(f"en/{LESSON}.html?find=lo#3.1")

    assert 0 == page.locator(".text_cell details[open]").count()


def test_a_refused_lab_leads_to_the_recorded_run(playwright, site, tmp_path):
    """Where seccomp refuses the lab, the opened lesson says so, and links to its recorded run."""
    made = tmp_path / "made"
    for name in ("upper", "work"):
        (made / name).mkdir(parents=True)
    venv = Path(sys.prefix)
    # Installs a hosted lab's settings into an overlay of this environment that only the learner's server sees.
    lines = f"mount -t overlay none -o lowerdir={venv},upperdir={made}/upper,workdir={made}/work,userxattr {venv}; "
    lines += f'{BINDER}/settings/install {venv} {site}; exec "$@"'
    settings = ["sh", "-ec", lines, "sh", *launches.filtered]
    with learner_lab(playwright, tmp_path, settings) as lab:
        notebook = lab.page()
        notebook.open(f"en/{LESSON}.ipynb")
        notebook.start_all()
        banner = notebook.page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").first
        expect(banner).to_contain_text("its filter of system calls (seccomp) refuses them")
        banner.scroll_into_view_if_needed()
        notebook.screenshot("refused")
        with notebook.page.expect_popup() as opened:
            banner.locator("a").first.click()
        recorded = opened.value
        expect(recorded).to_have_title(re.compile("By hand"))
        recorded.wait_for_load_state()
        assert recorded.locator("main img").count() > 5
        recorded.set_viewport_size(PHONE)
        recorded.screenshot(path=SCREENSHOTS / "recorded-phone.png")
        recorded.locator("nav a").first.click()
        arrive(recorded, "/index.html")
        recorded.fill("#words", "cable")
        expect(recorded.locator("#found a").first).to_be_visible()
