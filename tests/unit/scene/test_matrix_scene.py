"""The picture of a reachability matrix: a cell with words for each direction, and marks on one-way pairs."""

import errno

import pytest

from nslab_kernel.display.bundle import bundle
from nslab_kernel.model.matrix_result import Direction, MatrixResult, Party
from nslab_kernel.scene.matrix_scene import matrix_scene
from nslab_kernel.scene.shapes import Line, Rect, Text
from tests.unit.scene.sketches import words

PARTIES = tuple(Party(name, "eth0", f"10.0.0.{n}") for n, name in enumerate(("office", "lab", "dmz"), 1))
OFFICE, LAB, DMZ = PARTIES


def result(*directions):
    return MatrixResult(PARTIES, directions)


MIXED = result(
    Direction(OFFICE, LAB),
    Direction(OFFICE, DMZ, 0.02),
    Direction(LAB, OFFICE, errno=errno.ENETUNREACH, said="Network is unreachable (ENETUNREACH)"),
    Direction(LAB, DMZ, errno=errno.ENOBUFS, said="No buffer space available (ENOBUFS)"),
    Direction(DMZ, OFFICE, 0.04),
    Direction(DMZ, LAB, 0.9),
)


def many(count):
    parties = tuple(Party(f"n{n}", "eth0", f"10.0.{n}.1") for n in range(count))
    return MatrixResult(parties, tuple(Direction(a, b, 0.02) for a in parties for b in parties if a != b))


def test_each_cell_says_what_came_of_it():
    """A cell has the time, "no reply", the refusal of the sender's own kernel, or "table full"."""
    found = words(matrix_scene(MIXED))

    assert {"0.020 ms", "0.040 ms", "0.900 ms", "no reply", "unreachable", "table full", "itself"} <= set(found)


def test_who_has_the_same_address_would_call_himself():
    """A direction between two namespaces with the same address is called "itself", and not left as pending."""
    twins = tuple(Party(name, "eth0", "10.0.0.1") for name in ("red", "blue"))

    assert 4 == words(matrix_scene(MatrixResult(twins, ()))).count("itself")


def test_refused_cells_are_hatched():
    """Cells that the sender's own kernel refused are hatched, to be distinguished not only by colour."""
    shapes = matrix_scene(MIXED).shapes

    assert 2 == sum(isinstance(shape, Rect) and shape.hatched for shape in shapes)


def test_one_way_pairs_have_a_corner():
    """Both cells of a pair that works in one direction only have a corner mark; the legend has one more."""
    corners = [shape for shape in matrix_scene(MIXED).shapes if isinstance(shape, Line) and shape.part == "corner"]

    assert 2 + 1 == len(corners)
    assert ((Direction(DMZ, LAB, 0.9), MIXED.cells[LAB, DMZ]),) == MIXED.one_way


def test_half_filled():
    """While results arrive, cells without one show "…", and no pair is marked as one-way."""
    scene = matrix_scene(result(Direction(OFFICE, DMZ, 0.02)))

    assert 5 == words(scene).count("…")
    assert 1 == sum(isinstance(shape, Line) and shape.part == "corner" for shape in scene.shapes)


@pytest.mark.parametrize("count", [2, 6, 7, 40, 60])
def test_words_fit(count):
    """With two to sixty addresses all texts are inside the picture, and none overlap."""
    scene = matrix_scene(many(count))
    boxes = sorted((shape.box for shape in scene.shapes if isinstance(shape, Text)), key=lambda box: box.y)

    for number, a in enumerate(boxes):
        assert 0 <= a.x
        assert a.right <= scene.width
        assert a.bottom <= scene.height
        for b in boxes[number + 1 : number + 200]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y


def test_sentences():
    """The text has the number of working directions, of one-way pairs, and of unknown directions."""
    text = bundle(MIXED)["text/plain"].splitlines()[0]

    assert text.startswith("3 of 6 directions work. 1 pair works one way only. Of 1 directions nothing is known")
    assert "All 30 directions work." in bundle(many(6))["text/plain"]


def test_who_is_out_of_it():
    """The sentence names unreachable namespaces, and only the address if another one of the namespace works."""
    second = Party("dmz", "eth0", "10.5.0.3")
    parties = (OFFICE, DMZ, second, LAB)
    works = {(OFFICE, DMZ), (DMZ, OFFICE)}
    tried = [(a, b) for a in parties for b in parties if a.netns != b.netns]
    found = MatrixResult(parties, tuple(Direction(a, b, 0.02 if (a, b) in works else None) for a, b in tried))

    sentence = "2 of 10 directions work. dmz 10.5.0.3 and lab reach nobody, and nobody reaches them."
    assert sentence == bundle(found)["text/plain"].splitlines()[0]


def test_lines_are_aligned_in_chinese(monkeypatch):
    """In the Chinese table the columns are aligned, although each Chinese character takes two columns."""
    monkeypatch.setenv("NSLAB_LANG", "zh")
    host, lab = Party("host", "eth0", "10.0.0.1"), Party("lab", "eth0", "10.0.0.2")
    lines = bundle(MatrixResult((host, lab), (Direction(host, lab, 0.1), Direction(lab, lab, 0.1))))["text/plain"]

    assert [30, 33] == [line.index("0.100") for line in lines.splitlines()[1:]]


def test_nobody_to_ask():
    """A matrix without directions has a sentence and no picture."""
    shown = bundle(MatrixResult((OFFICE,), ()))

    assert "it takes addresses in two namespaces" in shown["text/plain"]
    assert "<img" not in shown["text/html"]
