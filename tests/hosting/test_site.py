"""The recorded runs: pages that need no kernel, no network, no mouse and no wide screen.

One lesson is run, in both languages. NSLAB_SITE names a whole site that was made before (`make test-site`).
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.alone import ALONE, LIMIT_S, ROOT
from tests.hosting.refused_visit import SEEN
from tests.live.sandbox import launches
from tests.notebooks.executed import give_up, require_sandbox
from tests.notebooks.test_live_without_a_browser import CELLS

BUILD = Path(__file__).parents[2] / "binder/site/build.py"
specification = importlib.util.spec_from_file_location("site_build", BUILD)
site = importlib.util.module_from_spec(specification)
specification.loader.exec_module(site)
LESSON = "3-by-hand"
SITE = os.environ.get("NSLAB_SITE", "")
PHONE = {"width": 390, "height": 844}


class Page(HTMLParser):
    """What of a page matters here."""

    def __init__(self, path):
        super().__init__()
        self.path, self.links, self.sources, self.ids, self.headings, self.language = path, [], [], set(), [], ""
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        facts = dict(attributes)
        self.ids.add(facts.get("id"))
        if tag == "html":
            self.language = facts["lang"]
        if tag == "a" and facts.get("href"):
            self.links.append(facts["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.sources += [facts[name] for name in ("src", "srcset") if name in facts]
        self.sources += [facts["href"]] if tag == "link" else []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A site of one lesson, really run, in both languages; or that which was named."""
    if SITE:
        return Path(SITE)
    require_sandbox()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NSLAB_LANG", "JPY_SESSION_NAME"):
            patch.delenv(name, raising=False)
        patch.setattr(site, "lesson_names", lambda: [LESSON])
        made = tmp_path_factory.mktemp("site")
        site.write(made)
    return made


@pytest.fixture(scope="module")
def browser():
    program = shutil.which("chromium") or give_up("Chromium is not installed")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=quiet)
        yield started
        started.close()


def pages(folder):
    return [Page(path) for path in sorted(folder.rglob("*.html"))]


def test_each_language_has_its_page(folder):
    """One page a notebook, and an index."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}

    lessons = site.lesson_names() if SITE else [LESSON]
    assert {"index.html", *(f"{language}/{lesson}.html" for language in ("en", "zh") for lesson in lessons)} == names
    assert {"en", "zh-CN"} == {page.language for page in pages(folder)}


def test_no_kernel_is_left(folder):
    """Each ends with its lesson, not with the last one."""
    living = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    assert [] == [child for child in living if "nslab_kernel.sandbox.outer" in child.cmdline()]


def test_outputs_are_what_linux_said(folder):
    """Pictures with their alternatives, commands and pings, in the page's language."""
    english, chinese = ((folder / language / f"{LESSON}.html").read_text() for language in ("en", "zh"))

    for page in (english, chinese):
        assert page.count("data:image/svg+xml;base64,") > 5
        assert re.search("icmp_seq=1<.*ttl=64", page)
        assert "ip netns add test1" in page
    assert re.search('alt="[^"]*[\u4e00-\u9fff]', chinese)


def test_a_live_part_stands_still_in_its_last_state(tmp_path, monkeypatch):
    """Of a picture that followed each change the page has the last one, and no trace of what wants a kernel."""
    require_sandbox()
    notebook = site.nbformat.v4.new_notebook(
        cells=[site.nbformat.v4.new_markdown_cell("# Live"), *map(site.nbformat.v4.new_code_cell, CELLS)]
    )
    (tmp_path / "en").mkdir()
    site.nbformat.write(notebook, tmp_path / "en/1-live.ipynb")
    monkeypatch.setattr(site, "NOTEBOOKS", tmp_path)
    monkeypatch.delenv("NSLAB_LANG", raising=False)

    page = site.lesson_page(site.run("1-live", "en"), ["1-live"])

    assert "veth-test2, 192.168.1.2/24, UP" in page
    assert "3 sent, 3 came back." in page
    assert "LiveTopology" not in page
    assert "vnd.jupyter" not in page


def test_folds_hold_their_answers(folder):
    """A question's answer is hidden until somebody opens it."""
    page = (folder / "en" / f"{LESSON}.html").read_text()

    answer = re.search(r"<summary>The answer to 3.1</summary>(.*?)</details>", page, re.DOTALL)[1]
    assert "switched off" in answer


def test_local_pictures_are_carried():
    """A picture beside the notebooks becomes part of the page."""
    source = '<img alt="x" src="../images/lab-en.png">'
    cell = site.nbformat.v4.new_markdown_cell("![a picture](../images/lab-en.png)\n\n" + source)
    lesson = site.Lesson("1-x", "en", site.nbformat.v4.new_notebook(cells=[cell]))

    assert 2 == site._body(lesson).count('src="data:image/png;base64,iVBOR')


def test_a_page_needs_nothing_else(folder):
    """No script, style, picture or font comes from anywhere."""
    assert [] == [(page.path, src) for page in pages(folder) for src in page.sources if not src.startswith("data:")]
    assert [] == [page.path for page in pages(folder) if "@import" in page.path.read_text()]


def test_every_link_leads_somewhere(folder):
    """Links between pages lead to pages of the site, and those within a page to a place in it."""
    every = {path.stem for path in (BUILD.parents[2] / "notebooks/en").glob("*.ipynb")}
    lost = []
    for page in pages(folder):
        for link in page.links:
            target, _, mark = link.partition("#")
            path = (page.path.parent / target) if target else page.path
            there = path.exists() or (path.suffix == ".html" and path.stem in every)
            if not link.startswith(("https://", "http://", "data:")) and not (
                there and (target or not mark or mark in page.ids)
            ):
                lost.append((page.path.name, link))

    assert [] == lost


def test_headings_skip_no_level(folder):
    """Who listens to a page finds his way by its headings."""
    for page in pages(folder):
        steps = zip([0, *page.headings], page.headings, strict=False)
        assert 1 == page.headings.count(1)
        assert [] == [(one, two) for one, two in steps if two > one + 1]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_on_a_phone(folder, browser, scheme):
    """Nothing hangs over the edge of a phone, and axe finds no fault: names, contrast, order, keyboard."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport=PHONE, color_scheme=scheme, offline=True)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in sorted(folder.rglob("*.html")):
        page.goto(path.as_uri())
        name = str(path.relative_to(folder))
        found = Axe().run(page).response["violations"]
        faults += [(name, fault["id"], [node["html"][:120] for node in fault["nodes"]][:3]) for fault in found]
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults += [(name, "wide", wide)] if wide != PHONE["width"] else []
    context.close()

    assert [] == faults


@pytest.mark.browser
@pytest.mark.parametrize(("asked", "first"), [("cable", f"en/{LESSON}.html"), ("网线", f"zh/{LESSON}.html")])
def test_the_index_finds_a_word(folder, browser, asked, first):
    """A word in either language finds the lesson that has it, with the place."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    page.fill("#words", asked)

    links = page.eval_on_selector_all("#found a", "all => all.map(one => one.getAttribute('href'))")
    context.close()

    assert first in links
    assert SITE or [first] == links


@pytest.mark.browser
def test_a_refused_lab_leads_to_the_recorded_run(folder, tmp_path):
    """Where a filter refuses the lab, the lesson opens, says so, and its link leads to all that it would have shown."""
    made = tmp_path / "made"
    for name in ("upper", "work"):
        (made / name).mkdir(parents=True)
    venv = Path(sys.prefix)
    # The settings of a hosted lab, laid over this environment where the learner's server sees it, and nobody else.
    lines = f"mount -t overlay none -o lowerdir={venv},upperdir={made}/upper,workdir={made}/work,userxattr {venv}; "
    lines += f'{BUILD.parents[1]}/settings/install {venv} {folder}; exec "$@"'
    command = [
        *ALONE,
        "sh",
        "-ec",
        lines,
        "sh",
        *launches.filtered,
        sys.executable,
        "-m",
        "tests.hosting.refused_visit",
    ]
    done = subprocess.run([*command, tmp_path], cwd=ROOT, timeout=LIMIT_S, check=False, capture_output=True, text=True)
    assert 0 == done.returncode, done.stdout + done.stderr
    seen = json.loads((tmp_path / SEEN).read_text())

    assert "its filter of system calls (seccomp) refuses them" in seen["said"]
    assert "By hand" in seen["title"]
    assert seen["pictures"] > 5
    assert seen["found"]
