"""The recorded runs as a reader sees them: on a phone and a desk, light and dark, by press and by key, offline."""

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
LIMIT_MS = 120_000  # a busy machine takes its time; nobody waits it out on another
pytestmark = pytest.mark.browser


@pytest.fixture
def visit(site, chromium):
    """Return a function that opens a page of the site, as a browser with these settings would."""
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
    """Wait until a page whose address has this in it is there, and its script has run: the address comes before it."""
    page.wait_for_function("place => location.href.includes(place) && document.readyState === 'complete'", arg=place)


def led_to(page, front):
    """Return the language that the front page leads to; Chromium tells a new process late of what another stored."""
    page.goto(front)
    page.wait_for_url(re.compile("/(en|zh)/index.html$"))
    return page.url.split("/")[-2]


def in_sight(page, selector):
    return page.eval_on_selector(
        selector, "one => { const box = one.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight; }"
    )


def violations(page):
    """Return what axe finds against a page, in all its nodes; to tell of what is in order takes as long again."""
    return Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_accessible(site, visit, size):
    """Nothing hangs over the edge, and axe finds no fault, light or dark: names, contrast, order, keyboard."""
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
    """The steps on a phone, a picture that is open large, what a search finds."""
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
    """And after it what the reader chose by the switch."""
    other = "zh" if language == "en" else "en"
    page = visit("index.html", locale=spoken)
    arrive(page, f"/{language}/index.html")

    page.click("a.switch")
    arrive(page, f"/{other}/index.html")
    front = page.url.replace(f"/{other}/", "/")
    assert any(led_to(page, front) == other for _again in range(20))


def test_without_scripts_both_languages_are_offered(visit):
    """And a lesson is read all the same."""
    page = visit("index.html", java_script_enabled=False)
    page.click("a[hreflang=zh-CN]")
    page.wait_for_url("**/zh/index.html")

    page.click(".lessons a >> nth=-1")
    page.wait_for_url(f"**/zh/{LESSON}.html")
    assert page.locator("main img").count() > 5


def test_the_switch_keeps_the_place(visit):
    """Who reads step 3.4 reads it in the other language."""
    page = visit(f"en/{LESSON}.html#3.4")
    page.click("a.switch")
    arrive(page, f"/zh/{LESSON}.html#3.4")

    assert in_sight(page, '[id="3.4"]')


def test_steps_on_a_phone(visit):
    """A button opens them; one leads to its step and closes them; Escape closes them too."""
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
    """They stand beside the text, stay there, and mark where the reader is."""
    page = visit(f"en/{LESSON}.html", viewport=DESK)
    page.click('#steps a[href="#3.10"]')
    page.wait_for_function("document.querySelector('#steps [aria-current]')?.hash === '#3.10'")

    assert in_sight(page, "#steps")
    steps, text = (page.locator(one).bounding_box() for one in ("#steps", "main"))
    assert steps["x"] + steps["width"] <= text["x"]


def test_pictures_fit_a_phone_and_open_large(visit):
    """None is wider than the text; a press or a key opens one in its own size, Escape closes it."""
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
    """The first thing that Tab reaches."""
    page = visit(f"en/{LESSON}.html", viewport=DESK)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert "main" == page.evaluate("document.activeElement.id")


@pytest.mark.parametrize(
    ("language", "asked"),
    [("en", "cable"), ("zh", "网线"), ("en", "icmp_seq=1 ttl=64"), ("zh", "icmp_seq=1")],
)
def test_a_search_goes_to_the_place(visit, language, asked):
    """A word of the prose or of an output leads to where it stands, and it is marked there; the fold above it opens."""
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
    """In the page's language."""
    page = visit(f"{language}/index.html")
    page.fill("#words", "token ring")

    assert said == page.inner_text("#count")
    assert 0 == page.locator("#found a").count()


def test_a_search_opens_no_answer(visit):
    """Also not on the page to which it leads."""
    page = visit(f"en/{LESSON}.html?find=lo#3.1")

    assert 0 == page.locator(".text_cell details[open]").count()


def test_a_refused_lab_leads_to_the_recorded_run(playwright, site, tmp_path):
    """Where a filter refuses the lab, the lesson opens, says so, and its link leads to all that it would have shown."""
    made = tmp_path / "made"
    for name in ("upper", "work"):
        (made / name).mkdir(parents=True)
    venv = Path(sys.prefix)
    # The settings of a hosted lab, laid over this environment where the learner's server sees it, and nobody else.
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
