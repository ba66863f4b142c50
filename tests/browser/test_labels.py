"""In a real browser with real fonts, no label overlaps another one or leaves its frame."""

from itertools import combinations

import pytest

from nslab_kernel.display.svg import document
from nslab_kernel.scene.topology_scene import topology_scene
from tests.golden.pictures import scenes
from tests.unit.scene.typed import typed

pytestmark = pytest.mark.browser
BOXES = """() => {
  const box = (element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return { words: element.textContent, right: x + width, bottom: y + height, x, y, width, height };
  };
  const all = (what) => [...document.querySelectorAll(what)].map(box);
  const frames = all('.nl-namespace,.nl-interface,.nl-badge,.nl-cable-label');
  return { texts: all('text'), frames, picture: box(document.querySelector('svg')) };
}"""


def pictures():
    """Yield every golden picture, and one with the widest names and addresses possible."""
    yield from scenes()
    wide = "veth-test-15-xx"
    yield (
        "wide",
        topology_scene(
            typed(
                f"namespace-with-a-long-name/{wide} - b/{wide}",
                "x - y",
                namespaces=["c"],
                bridges={"bridge-15-chars": ""},
                addresses={f"b/{wide}": "192.168.100.100/24 2001:db8:1234:5678:9abc:def0:1234:5678/64"},
                wait=[f"b/{wide}"],
                down=[f"namespace-with-a-long-name/{wide}"],
                gateways={"b": "192.168.100.254"},
            ),
            typed(namespaces=["c"]),
        ),
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_labels_never_collide(chromium, monkeypatch, language, theme):
    """The text boxes that the browser measures do not overlap, and do not leave their picture or frame."""
    monkeypatch.setenv("NSLAB_LANG", language)
    page = chromium.new_page(color_scheme=theme)
    for name, scene in pictures():
        page.set_content(f"<body style='margin:0'>{document(scene)}")
        found = page.evaluate(BOXES)

        assert [(a["words"], b["words"]) for a, b in combinations(found["texts"], 2) if meet(a, b)] == [], name
        assert [text["words"] for text in found["texts"] if not within(text, found["picture"])] == [], name
        assert [text["words"] for text in found["texts"] if not framed(text, found["frames"])] == [], name
    page.close()


def test_a_picture_follows_the_theme(chromium):
    """As an `img` the picture follows the CSS color-scheme of the page, which JupyterLab's themes set."""
    scene = dict(scenes())["two_namespaces"]
    grounds = {}
    for theme in ("light", "dark"):
        page = chromium.new_page(color_scheme="light")
        page.set_content(f"<body style='color-scheme:{theme};margin:0'>")
        page.evaluate(
            "(text) => new Promise((done) => { const image = new Image(); image.onload = done;"
            " image.src = 'data:image/svg+xml;base64,' + btoa(unescape(encodeURIComponent(text)));"
            " document.body.append(image); })",
            document(scene),
        )
        grounds[theme] = page.screenshot(clip={"x": 100, "y": 130, "width": 4, "height": 4})
        page.close()

    assert grounds["light"] != grounds["dark"]


def meet(one, other):
    """Return whether two boxes overlap; two pixels of height do not count, as line boxes are higher than letters."""
    across = min(one["right"], other["right"]) - max(one["x"], other["x"])
    down = min(one["bottom"], other["bottom"]) - max(one["y"], other["y"])
    return across > 0.5 and down > 2.5


def within(text, frame):
    """Return whether a text is horizontally inside a frame."""
    return text["x"] >= frame["x"] - 0.5 and text["right"] <= frame["right"] + 0.5


def framed(text, frames):
    """Return whether no side of a frame cuts through a text."""
    middle = text["y"] + text["height"] / 2
    rows = [frame for frame in frames if frame["y"] < middle < frame["bottom"]]
    return all(within(text, f) or text["right"] <= f["x"] or text["x"] >= f["right"] for f in rows if meet(text, f))
