"""The recorded runs as files: pages that load nothing else, and show what was recorded.

The tests run one lesson in both languages, or take the whole site that NSLAB_SITE names (`make test-site`).
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import psutil
import pytest
from bs4 import BeautifulSoup
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from binder.site import pages, recording
from binder.site.lesson_page import LessonPage
from binder.site.recording import NOTEBOOKS, Lesson
from binder.site.words import WORDS
from tests.hosting.conftest import LESSON
from tests.notebooks.executed import require_sandbox
from tests.notebooks.test_live_without_a_browser import CELLS

REPO = Path(__file__).parents[2]
WHOLE = bool(os.environ.get("NSLAB_SITE"))
ENGINES = ("docker", "dockerd", "podman")


BEGUN = {"en": "0 of 7 steps", "zh": "7 步里做到了 0 步"}


@cache
def read(path):
    """Return the parsed page of a file."""
    return BeautifulSoup(path.read_text(), "html.parser")


def all_pages(site):
    return {path: read(path) for path in sorted(site.rglob("*.html"))}


def lesson(site, language="en", name=LESSON):
    return read(site / language / f"{name}.html")


def words(element):
    return " ".join(element.get_text().split())


def body(*cells, **facts):
    """Return the page of a lesson with these cells, which have not been run."""
    return LessonPage(Lesson("1-x", "en", new_notebook(cells=list(cells)), **facts))


def test_a_lesson_begins_with_no_step_done(site):
    """The lesson panel is shown as it was when its cell ran, with no step done, and not as it was at the end."""
    for language, said in BEGUN.items():
        assert said in words(lesson(site, language).select_one(".nl-fallback"))


def test_each_language_has_its_pages(site):
    """The site has one page for each notebook, a front page for each language, and one that chooses the language."""
    names = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}

    lessons = recording.lesson_names() if WHOLE else [LESSON]
    pages_there = {f"{language}/{page}.html" for language in WORDS for page in ("index", *lessons)}
    assert {"index.html", *pages_there} == names
    assert {"en", "zh-CN"} == {page.html["lang"] for page in all_pages(site).values()}


def test_no_kernel_is_left(site):
    """Each kernel ends with its lesson, not with the last lesson."""
    living = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    assert [] == [child for child in living if "nslab_kernel.sandbox.outer" in child.cmdline()]


def test_outputs_are_what_linux_said(site):
    """A page has pictures with text alternatives in its language, commands and replies to pings."""
    for language in WORDS:
        page = lesson(site, language)
        assert len(page.select('img[src^="data:image/svg+xml,"]')) > 5
        assert re.search("icmp_seq=1 .*ttl=64", page.get_text())
        assert "ip netns add test1" in page.get_text()
    assert re.search("[\u4e00-\u9fff]", lesson(site, "zh").img["alt"])


def test_the_recording_lab_is_whole(site):
    """The first cell has no output: a lab that lacks something, or whose folder is open to others, prints it there."""
    firsts = [page.select_one(".code_cell") for path, page in all_pages(site).items() if path.stem != "index"]

    assert [] == [words(first) for first in firsts if first.select_one(".output")]


def test_a_live_part_stands_still_in_its_last_state(tmp_path, monkeypatch):
    """The page has the last state of a live picture, and no part of a widget that needs a kernel."""
    require_sandbox()
    monkeypatch.delenv("NSLAB_LANG", raising=False)

    page = LessonPage(run(tmp_path, monkeypatch, *CELLS)).html()

    assert "veth-test2, 192.168.1.2/24, UP" in page
    assert "3 sent, 3 came back." in page
    assert "LiveTopology" not in page
    assert "vnd.jupyter" not in page


def run(tmp_path, monkeypatch, *codes):
    (tmp_path / "en").mkdir()
    notebook = new_notebook(cells=[new_markdown_cell("# Live"), *map(new_code_cell, codes)])
    recording.nbformat.write(notebook, tmp_path / "en/1-live.ipynb")
    monkeypatch.setattr(recording, "NOTEBOOKS", tmp_path)
    return recording.run("1-live", "en")


def test_a_lesson_that_fails_is_no_page(tmp_path, monkeypatch):
    """An error in a lesson stops the making of the site; only cells whose program is missing may fail."""
    require_sandbox()
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        run(tmp_path, monkeypatch, "1 / 0")


def test_without_an_engine_a_page_goes_as_far_as_the_run(monkeypatch):
    """The page and the front page say in their language what is missing; cells after the failed one have no outputs."""
    require_sandbox()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as programs:  # a lab sees no other folder of /tmp
        Path(programs).chmod(0o755)
        for place in os.environ["PATH"].split(":"):
            for program in Path(place).glob("*"):
                if program.name not in ENGINES and not Path(programs, program.name).is_symlink():
                    Path(programs, program.name).symlink_to(program)
        monkeypatch.setenv("PATH", programs)
        page = LessonPage(recording.run("2-containers", "zh"))
    monkeypatch.setattr(pages, "FRONT", ("2-containers", ()))

    whole = BeautifulSoup(pages.lesson_page(page, ["2-containers"]), "html.parser")
    stopped = whole.find(id=page.lesson.stopped_at)
    front = BeautifulSoup(pages.front_page([page]), "html.parser")

    assert "container_run" in words(stopped)
    assert WORDS["zh"]["not_run"] == words(stopped.find_next_sibling())
    assert [] == [one["id"] for one in stopped.find_next_siblings("div") if one.select(".output")]
    assert whole.select_one(".lacking").get_text() == front.select_one(".lacking").get_text()
    assert words(front.select_one(".lacking")).endswith("没有安装程序 docker。")


def test_folds_hold_their_answers(site):
    """The answers to questions are in closed folds, and the search does not find them."""
    answers = [words(fold) for fold in lesson(site).select(".text_cell details, .nl-answer")]
    front = read(site / "en/index.html")
    found = " ".join(place["text"] for one in json.loads(front.find(id="places").string) for place in one["places"])

    assert len(answers) > 5
    assert re.search("switched off", answers[0])
    assert [] == [answer for answer in answers if answer.partition(" ")[2][-100:] in found]
    assert re.search("icmp_seq=1 .*ttl=64", found)
    assert "veth_add(" in found


def test_the_kernels_lines_are_open_once_a_kind(site):
    """The changed lines of the kernel are open where a command shows them for the first time, and folded afterwards."""
    for language in WORDS:
        lines = lesson(site, language).select(".nl pre:has(> .nl-added, > .nl-removed)")
        heads = [pre.find_previous_sibling(class_="nl-head") for pre in lines]
        opened = [head for head in heads if not head.find_parent("details", open=False)]
        commands = [words(head.code) for head in opened]
        assert len(set(commands)) == len(commands) > 3
        assert len(heads) > 2 * len(opened)


def test_headings_are_steps_and_links(site):
    """The list of steps has every heading; each heading links to itself, and its id is the same in both languages."""
    for path, page in all_pages(site).items():
        if path.stem == "index":
            continue
        headings = page.select("main h2")
        assert [f"#{one['id']}" for one in headings] == [link["href"] for link in page.select("#steps a")]
        assert [f"#{one['id']}" for one in headings] == [one.select_one("a.anchor")["href"] for one in headings]
        other = read(path.parents[1] / ("zh" if path.parent.name == "en" else "en") / path.name)
        assert [one["id"] for one in headings] == [one["id"] for one in other.select("main h2")]
    assert lesson(site).find(id="3.4").name == "h2"


def test_the_front_page_is_the_catalogue(site):
    """The front page has each lesson's thumbnail, minutes and what one can do afterwards, in one language."""
    for language in WORDS:
        front = read(site / language / "index.html")
        for card in front.select(".lessons li"):
            name = card.a["href"].removesuffix(".html")
            facts = recording.nbformat.read(NOTEBOOKS / language / f"{name}.ipynb", as_version=4).metadata.nslab
            assert card.img["src"].startswith("data:image/svg+xml")
            assert str(facts.minutes) in words(card.select_one(".minutes"))
            assert facts.afterwards in words(card)
        assert 2 == len(front.select("figure img"))
        front.select_one(".switch").extract()
        front.find(id="places").extract()
        assert (language == "zh") == bool(re.search("[\u4e00-\u9fff]", front.body.get_text()))


def test_local_pictures_are_carried():
    """A picture file of the notebooks is embedded in the page."""
    source = '<img alt="x" src="../images/lab-en.png">'
    html = body(new_markdown_cell("![a picture](../images/lab-en.png)\n\n" + source)).html()

    assert 2 == html.count('src="data:image/png;base64,iVBOR')


def test_a_page_needs_nothing_else(site):
    """A page loads no script, style, picture or font from elsewhere."""
    for path, page in all_pages(site).items():
        sources = [one.get("src") or one.get("srcset") for one in page.select("[src], [srcset]")]
        sources += [one["href"] for one in page.select("link")]
        assert [] == [(path, source[:50]) for source in sources if not source.startswith("data:")]
        assert "@import" not in path.read_text()


def test_every_link_leads_somewhere(site):
    """Links to other pages lead to pages of the site, and links within a page to an element of it."""
    every = {path.stem for path in (NOTEBOOKS / "en").glob("*.ipynb")}
    lost = []
    for path, page in all_pages(site).items():
        for link in [one["href"] for one in page.select("a[href]")]:
            target, _, mark = link.partition("#")
            other = (path.parent / target) if target else path
            there = other.exists() or (other.suffix == ".html" and other.stem in every)
            if not link.startswith(("https://", "http://", "data:")) and not (
                there and (target or not mark or page.find(id=mark))
            ):
                lost.append((path.name, link))

    assert [] == lost


def test_headings_skip_no_level(site):
    """Headings have one h1 and skip no level, because users of screen readers navigate by headings."""
    for page in all_pages(site).values():
        levels = [int(one.name[1]) for one in page.find_all(re.compile("^h[1-6]$"))]
        assert 1 == levels.count(1)
        assert [] == [(one, two) for one, two in zip([0, *levels], levels, strict=False) if two > one + 1]


def test_one_command_makes_a_zip(site, tmp_path):
    """The command of `make site-zip` writes all pages into one folder of a valid archive."""
    line = subprocess.run(
        ["make", "-n", "site-zip", f"SITE={site}"], cwd=REPO, check=True, capture_output=True, text=True
    ).stdout
    (command,) = (one for one in line.splitlines() if "zipfile" in one)
    out = tmp_path / "runs.zip"
    command = re.sub(r"\S+\.zip", str(out), command).replace(f"{REPO}/.venv/bin/python", sys.executable)
    subprocess.run(["sh", "-ec", command], check=True)

    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        files = {name for name in archive.namelist() if not name.endswith("/")}
    assert {f"{site.name}/{path.relative_to(site)}" for path in site.rglob("*.html")} == files
