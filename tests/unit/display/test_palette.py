"""The contrast of colours, by the ratios of WCAG 2, in both themes."""

import pytest

from nslab_kernel.display.palette import DARK, LIGHT

GROUNDS = ("paper", "namespace", "host", "chip")
WORDS = ("ink", "ink2", "up", "wait", "bad", "pkt", "new")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
class TestPalette:
    def test_words_can_be_read_on_every_ground(self, palette):
        """Text has a contrast of 4.5 : 1 on every background."""
        poor = [(w, g) for w in WORDS for g in GROUNDS if ratio(palette[w], palette[g]) < 4.5]

        assert poor == []

    def test_lines_can_be_seen_on_every_ground(self, palette):
        """Borders have a contrast of 3 : 1 on every background."""
        assert [ground for ground in GROUNDS if ratio(palette["line"], palette[ground]) < 3] == []

    def test_words_can_be_read_on_tints(self, palette):
        """A hue on its own tint has a contrast of 4.5 : 1, and so have `ink` and `ink2` on every tint."""
        tints = [name for name in palette if name.endswith("t") and name[:-1] in palette]
        pairs = [(tint[:-1], tint) for tint in tints] + [(ink, tint) for tint in tints for ink in ("ink", "ink2")]

        assert len(tints) == 3
        assert [pair for pair in pairs if ratio(palette[pair[0]], palette[pair[1]]) < 4.5] == []

    def test_paper_can_be_read_on_a_filled_mark(self, palette):
        """The words of a filled mark, which have the colour `paper`, have a contrast of 4.5 : 1."""
        assert ratio(palette["paper"], palette["new"]) >= 4.5
        assert ratio(palette["paper"], palette["pkt"]) >= 4.5


def test_both_themes_have_the_same_tokens():
    """Both themes define the same colour names in the same order."""
    assert list(LIGHT) == list(DARK)
