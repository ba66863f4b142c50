"""figure(): the picture of a value as a matplotlib figure."""

import io

import pytest

from nslab_kernel import BadValue, Change, Diagnosis, PingResult, Topology, figure
from nslab_kernel.display.matplotlib_renderer import chinese_font
from nslab_kernel.model.diagnosis import INTERFACE, Finding, Place
from tests.golden.pictures import beside
from tests.networks import one_end_up, two_namespaces

PING = PingResult("192.168.1.2", "test1", 2, 1, (0.05,), 64, "ping -c 2 192.168.1.2", "", (1,), 0.2)
DOWN = Finding("link_down", INTERFACE, Place("test2", "veth-test2"), "UP", "DOWN")
WHY = Diagnosis(False, (DOWN,), "192.168.1.2", "test1", network=one_end_up())
VALUES = [
    Topology(two_namespaces()),
    two_namespaces(),
    Change("ip link ...", one_end_up(), two_namespaces()),
    PING,
    WHY,
    beside(),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_a_picture_can_be_saved(value, form):
    """Every value with a picture can be saved in matplotlib's formats."""
    stream = io.BytesIO()

    figure(value).savefig(stream, format=form)

    assert len(stream.getvalue()) > 1000


def test_without_chinese_letters_the_words_are_english(monkeypatch):
    """Without a Chinese font the text is English, because Chinese would be drawn as empty boxes."""

    def words(fonts):
        monkeypatch.setattr("nslab_kernel.display.matplotlib_renderer.CHINESE", fonts)
        chinese_font.cache_clear()
        return [text.get_text() for text in figure(PING).axes[0].texts]

    monkeypatch.setenv("NSLAB_LANG", "zh")
    try:
        assert "median" in words(()) and "median" not in words(("DejaVu Sans",))
    finally:
        chinese_font.cache_clear()


def test_a_diagnosis_marks_the_broken_place():
    """The figure of a diagnosis marks the broken place; if the ping was answered, nothing is marked."""

    def drawn(value):
        return len(figure(value).axes[0].get_children())

    assert drawn(Topology(one_end_up())) < drawn(WHY)
    assert drawn(Topology(two_namespaces())) == drawn(Diagnosis(True, (), network=two_namespaces()))


@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_a_picture_replaces_pictures_of_its_format_alone(tmp_path, form):
    """savefig() replaces another kind of file only with overwrite=True, so that no homework is lost by a mistake."""
    made, homework = figure(VALUES[0]), tmp_path / f"homework.{form}"
    homework.write_text("{}")

    with pytest.raises(BadValue) as raised:
        made.savefig(homework)

    assert homework.read_text() == "{}"
    assert str(homework) in raised.value.what and "overwrite=True" in raised.value.why
    made.savefig(str(homework), overwrite=True)
    first = homework.stat().st_ino
    made.savefig(homework)
    assert first != homework.stat().st_ino and 1000 < homework.stat().st_size


def test_a_format_that_is_none(tmp_path):
    """An unknown format raises an error that lists the formats, and no file is written."""
    with pytest.raises(BadValue) as raised:
        figure(VALUES[0]).savefig(tmp_path / "lab.txt")

    assert "'txt'" in raised.value.what.replace('"', "'") and "pdf, " in raised.value.why
    assert not list(tmp_path.iterdir())


def test_a_name_without_an_ending_gets_one(tmp_path):
    """A name without an ending gets `.png`, as with matplotlib, unless a format is given."""
    figure(VALUES[0]).savefig(tmp_path / "lab")
    figure(VALUES[0]).savefig(tmp_path / "paper", format="pdf")

    assert (tmp_path / "lab.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "paper").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("value", [None, 1, "topology", PING.text, Diagnosis(False, ())])
def test_what_has_no_picture(value):
    """A value without a picture is refused, and the error suggests a working line."""
    with pytest.raises(BadValue) as raised:
        figure(value)

    assert raised.value.try_ == "figure(topology())"
