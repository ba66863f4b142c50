"""A scene as a matplotlib figure."""

import os
import subprocess
import sys

from nslab_kernel.display.matplotlib_renderer import figure
from nslab_kernel.scene.shapes import Text
from tests.golden.pictures import scenes


def test_a_figure_has_every_word_in_its_place():
    """The figure has every text of the scene at the same place, and the scene's size."""
    scene = dict(scenes())["one_moved.change"]
    axes = figure(scene).axes[0]
    words = [text for text in scene.shapes if isinstance(text, Text)]

    assert [(t.x, t.y, t.words) for t in words] == [(*t.get_position(), t.get_text()) for t in axes.texts]
    assert (scene.width, scene.height) == (axes.get_xlim()[1], axes.get_ylim()[0])


def test_all_words_are_inside_the_picture():
    """With matplotlib's fonts no text of any picture extends beyond the left or right edge."""
    for name, scene in scenes():
        made = figure(scene)
        made.canvas.draw()
        boxes = [text.get_window_extent() for text in made.axes[0].texts]

        assert [box for box in boxes if box.x0 < 0 or box.x1 > scene.width] == [], name


def test_drawing_leaves_pyplot_alone():
    """figure() loads matplotlib, but never pyplot, which keeps global state and opens windows."""
    code = (
        "import sys\n"
        "from nslab_kernel import Network, figure\n"
        "assert 'matplotlib' not in sys.modules\n"
        "figure(Network())\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )

    assert subprocess.run([sys.executable, "-c", code], env=os.environ, check=False).returncode == 0
