"""The picture of ping times: a dot on a stem for each reply, a cross for each loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nslab_kernel.model.results import PingResult
from nslab_kernel.scene.ping_scene import AXIS, TOP, ping_scene
from nslab_kernel.scene.shapes import Box, Dot, Line
from tests.golden.pictures import ping_with_losses
from tests.unit.scene.sketches import ONE_BY_ONE, colliding, inside, rects, texts, words


def result(*rtts: float | None, reason: str = "") -> PingResult:
    """Return a ping with one request for each argument: its time in ms, or None if it was lost."""
    replies = {seq: rtt for seq, rtt in enumerate(rtts, 1) if rtt is not None}
    times, seqs = tuple(replies.values()), tuple(replies)
    return PingResult("10.0.0.1", None, len(rtts), len(replies), times, 64, "", "", seqs, 0.2, reason)


def dots(scene):
    return [shape for shape in scene.shapes if isinstance(shape, Dot)]


def test_every_reply_is_a_dot_and_every_loss_a_cross():
    """21 of 24 replies are 21 dots, and the 3 losses are crosses in one hatched column with their number."""
    scene = ping_scene(ping_with_losses())
    crosses = [shape for shape in scene.shapes if isinstance(shape, Line) and shape.stroke == "bad"]

    assert len(dots(scene)) == 21
    assert len(crosses) == 2 * 3
    assert len([rect for rect in rects(scene, "lost") if rect.hatched]) == 1
    assert {"3 lost", "median", "0.052", "ms", "8", "10", "24"} <= set(words(scene))


def test_height_is_time_from_zero():
    """A dot's height is proportional to the time."""
    first, second = dots(ping_scene(result(1.0, 2.0)))

    assert AXIS - second.y == pytest.approx(2 * (AXIS - first.y))


@pytest.mark.parametrize(("sent", "width"), [(0, 424), (1, 424), (3, 424), (11, 424), (14, 498), (24, 680), (120, 680)])
def test_few_requests_need_little_room(sent, width):
    """A short ping is drawn narrow enough for the lesson panel; up to 14 requests each have their number."""
    scene = ping_scene(result(*[0.05] * sent))

    assert width == scene.width
    assert sent > 14 or set(map(str, range(1, sent + 1))) <= set(words(scene))


def test_one_slow_reply_makes_the_scale_logarithmic_and_says_so():
    """A time of more than twenty medians makes the scale logarithmic, so that the others stay distinguishable."""
    assert "ms, logarithmic" in words(ping_scene(result(31.0, 0.05, 0.05, 0.06)))
    assert "ms" in words(ping_scene(result(1.0, 0.06, 0.05, 0.06)))


def test_a_long_time_has_no_exponent():
    """A time above a second, as after a slow ARP, is written without an exponent."""
    assert "from 0.05 to 1023 ms" in ping_scene(result(1023.4, 0.05, 0.05)).description


def test_a_ping_that_sent_nothing_says_why():
    """Without requests the picture has the kernel's message in place of the replies."""
    scene = ping_scene(result(reason="Network is unreachable"))

    assert "Network is unreachable" in words(scene)
    assert scene.description.endswith("Network is unreachable")


def test_the_words_have_all_numbers():
    """The text alternative has all numbers of the picture."""
    expected = "24 sent, 21 came back. 3 lost: 8, 9, 10. Median 0.052 ms, from 0.034 to 0.054 ms."

    assert expected == ping_scene(ping_with_losses()).description


@ONE_BY_ONE
@given(st.lists(st.none() | st.floats(0.001, 5000), max_size=120))
def test_any_ping_can_be_drawn(rtts):
    """For any ping no labels overlap or leave the picture, and every dot is between axis and top."""
    scene = ping_scene(result(*rtts))

    assert colliding(scene) == []
    assert [text for text in texts(scene) if not inside(text.box, Box(0, 0, scene.width, scene.height))] == []
    assert [dot for dot in dots(scene) if not TOP - 0.01 <= dot.y <= AXIS] == []
