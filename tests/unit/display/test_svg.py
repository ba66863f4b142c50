"""Scenes as SVG: the golden pictures, both themes in one file, nothing loaded from outside."""

import re
import xml.etree.ElementTree as ET
from urllib.parse import unquote

from nslab_kernel.display.svg import data_uri, document, path_data
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Line, Point, Text
from tests.golden.pictures import files, scenes


def test_pictures_are_as_kept(monkeypatch):
    """Every picture equals its golden file. (`python -m tests.golden.pictures` redraws the files.)"""
    monkeypatch.setenv("NSLAB_LANG", "en")  # files() changes it; monkeypatch restores it

    different = [path.name for path, text in files() if not path.exists() or path.read_text("utf-8") != text]

    assert different == []


def test_the_same_scene_gives_the_same_bytes():
    """Drawing a scene twice gives the same SVG: nothing depends on chance or time."""
    assert [document(scene) for _, scene in scenes()] == [document(scene) for _, scene in scenes()]


def test_a_picture_is_xml():
    """Each picture is well-formed XML with a `lang` attribute."""
    for _, scene in scenes():
        assert ET.fromstring(document(scene)).get("lang") == "en"


def test_an_address_is_the_same_picture():
    """The data URI decodes to the document, and has no character that could end its attribute."""
    for _, scene in scenes():
        address = data_uri(scene)

        assert not set('"<>#&\n') & set(address)
        assert unquote(address.partition(",")[2]) == document(scene).replace('"', "'")


def test_a_picture_asks_for_nothing_from_outside():
    """The SVG has no script, link, font or image that the browser would load."""
    for _, scene in scenes():
        text = document(scene).replace("http://www.w3.org/2000/svg", "")

        assert not re.search(r"https?:|<script|<image|<use|@import|href|url\((?!#nl-hatch)", text)


def test_every_name_begins_with_nl():
    """Classes and ids begin with `nl-`, so that they cannot collide with those of the page."""
    for _, scene in scenes():
        names = re.findall(r'(?:class|id)="([^"]*)"', document(scene))

        assert [name for each in names for name in each.split() if not name.startswith("nl-")] == []


def test_only_used_colours_are_defined_in_both_themes():
    """Each used colour class is defined once for light and once for dark, and no other class is defined."""
    text = document(dict(scenes())["two_namespaces"])
    used = {name for each in re.findall(r'class="([^"]*)"', text) for name in each.split()}
    defined = re.findall(r"\.(nl-[fs]-\w+)\{", text)

    assert {name for name in used if re.match("nl-[fs]-", name)} == set(defined)
    assert len(defined) == 2 * len(set(defined))


def test_names_are_escaped():
    """A name such as `<b>&"` is escaped."""
    root = ET.fromstring(document(Scene(10, 10, (Text(0, 0, '<b>&"'),), "")))

    assert root.findtext("{http://www.w3.org/2000/svg}text") == '<b>&"'


def test_corners_are_rounded_no_more_than_their_legs_allow():
    """On a short segment between two corners the roundings meet in its middle."""
    points = (Point(0, 0), Point(10, 0), Point(10, 4), Point(30, 4))

    assert path_data(Line(points, "ink", corner=8)) == "M0 0L5 0Q10 0 10 2L10 2Q10 4 18 4L30 4"
