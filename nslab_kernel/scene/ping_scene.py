"""A ping as a chart: a lollipop for each reply, a cross for each loss."""

from collections.abc import Iterator
from itertools import count, groupby
from math import ceil, floor, log10

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import PingResult
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Box, Dot, Line, Point, Rect, Shape, Text, cross, text_width
from nslab_kernel.scene.words import in_ms, joint

NARROW, WIDE, HEIGHT = 424, 680, 236
"""Pixels: a chart's least width (it fits beside a lesson and JupyterLab's file browser), greatest width, height."""
LEFT, MARGIN = 56, 76
TOP, AXIS = 44, 186
INSET = 14
"""The distance from the ends of the axis to the first and last request."""
TICK_APART = 26
FEW = 20
"""The most requests of which each has its number, where it fits."""
LOG_FROM = 20
"""The scale is logarithmic if the slowest reply took longer than this many times the median."""


def ping_scene(result: PingResult) -> Scene:
    """Draw a ping: the round-trip time of each reply against the request's number, losses marked."""
    chart = _Chart(result)
    return Scene(chart.width, HEIGHT, (*chart.shapes(),), describe_ping(result), language())


def describe_ping(result: PingResult) -> str:
    """Return the text alternative, in the learner's language."""
    parts = [_("{sent} sent, {received} came back.").format(sent=result.sent, received=result.received)]
    if result.lost:
        numbers = _(", ").join(map(str, result.lost_seqs))
        parts.append(_("{lost} lost: {numbers}.").format(lost=result.lost, numbers=numbers))
    if result.rtt_ms:
        words = _("Median {median} ms, from {least} to {most} ms.")
        least, most = in_ms(min(result.rtt_ms)), in_ms(max(result.rtt_ms))
        parts.append(words.format(median=in_ms(result.median_ms), least=least, most=most))
    return joint(".").join([*parts, *([result.reason] if result.reason else [])])


class _Chart:
    """One chart's scales and parts."""

    def __init__(self, result: PingResult) -> None:
        self.result = result
        self.steps = max(1, result.sent - 1)
        self.width = min(WIDE, max(NARROW, LEFT + 2 * INSET + self.steps * TICK_APART + MARGIN))
        self.right = self.width - MARGIN
        highest, middle = max(result.rtt_ms, default=0.0), result.median_ms or 0.0
        self.logarithmic = highest > LOG_FROM * middle > 0
        self.ticks = _decades(result.rtt_ms) if self.logarithmic else _ticks(highest)

    def shapes(self) -> Iterator[Shape]:
        """Yield all from back to front."""
        yield from self._scale()
        yield from self._lost()
        yield from self._median()
        for seq, rtt in zip(self.result.seqs, self.result.rtt_ms, strict=True):
            yield from self._reply(seq, rtt)
        yield from self._numbers()
        if not self.result.sent:
            words = self.result.reason or _("nothing was sent")
            yield Text((LEFT + self.right) / 2, (TOP + AXIS) / 2, words, 12, "bad", bold=True, anchor="middle")

    def x(self, seq: float) -> float:
        """Return the x of a request by its number."""
        if self.result.sent < 2:
            return (LEFT + self.right) / 2
        return LEFT + INSET + (seq - 1) * (self.right - LEFT - 2 * INSET) / self.steps

    def y(self, rtt: float) -> float:
        """Return the y of a time in milliseconds."""
        low, high = self.ticks[0], self.ticks[-1]
        if self.logarithmic:
            low, high, rtt = log10(low), log10(high), log10(max(rtt, low))
        return AXIS - (rtt - low) / (high - low) * (AXIS - TOP)

    def _scale(self) -> Iterator[Shape]:
        yield Text(8, 14, _("ms, logarithmic") if self.logarithmic else "ms", 11, "ink2")
        for tick in self.ticks if self.result.rtt_ms else ():
            y = self.y(tick)
            if y < AXIS:
                yield Line((Point(LEFT, y), Point(self.right, y)), "hair", 1)
            yield Text(LEFT - 8, y + 4, f"{tick:g}", 11, "ink2", mono=True, anchor="end")
        yield Line((Point(LEFT, AXIS), Point(self.right, AXIS)), "line", 1.25)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last number of each run of lost requests."""
        steps = count()
        for _key, run in groupby(self.result.lost_seqs, key=lambda seq: seq - next(steps)):
            seqs = list(run)
            yield seqs[0], seqs[-1]

    def _lost(self) -> Iterator[Shape]:
        half = min(INSET, (self.x(2) - self.x(1)) / 2 or INSET)
        size, right = min(5.0, half * 0.8), 0.0
        for first, last in self._runs():
            box = Box(self.x(first) - half, TOP, self.x(last) - self.x(first) + 2 * half, AXIS - TOP)
            yield Rect(box, hatched=True, part="lost")
            words = _("{count} lost").format(count=last - first + 1)
            middle = min(box.middle, self.right + 4 - text_width(words, 12, bold=True) / 2)
            label = Text(middle, 30, words, 12, "bad", bold=True, anchor="middle")
            if label.box.x > right + 4:
                yield label
                right = label.box.right
        for seq in self.result.lost_seqs:
            x, y = self.x(seq), AXIS - 12
            yield from cross(x, y, size, 2.75 * size / 5)

    def _median(self) -> Iterator[Shape]:
        middle = self.result.median_ms
        if middle is None:
            return
        y = self.y(middle)
        yield Line((Point(LEFT, y), Point(self.right, y)), "line", 1.25, (2, 4))
        yield Text(self.right + 8, y - 3, _("median"), 11, "ink2")
        yield Text(self.right + 8, y + 11, in_ms(middle), 11, mono=True, bold=True)

    def _reply(self, seq: int, rtt: float) -> Iterator[Shape]:
        x, y = self.x(seq), self.y(rtt)
        radius = max(1.5, min(4.5, (self.x(2) - self.x(1)) * 0.4 or 4.5))
        yield Line((Point(x, AXIS), Point(x, y)), "pkt", radius / 2.25, faint=True)
        yield Dot(x, y, radius, "pkt", part="reply")

    def _numbers(self) -> Iterator[Shape]:
        sent = self.result.sent
        ends = [seq for run in self._runs() for seq in run]
        step = 1 if sent <= FEW else 5 if sent < 60 else 50
        wanted = [1, sent, *ends, *range(step, sent, step)]
        taken: list[float] = []
        for seq in dict.fromkeys(wanted) if sent else ():
            if all(abs(self.x(seq) - x) >= TICK_APART for x in taken):
                taken.append(self.x(seq))
                yield Text(self.x(seq), AXIS + 18, str(seq), 11, "ink2", mono=True, anchor="middle")
        words = _("echo request number")
        if sent > 1:
            words = _("echo request number, one each {interval} s").format(interval=f"{self.result.interval_s:g}")
        yield Text((LEFT + self.right) / 2, AXIS + 40, words, 11, "ink2", anchor="middle")


def _ticks(highest: float) -> list[float]:
    """Return round numbers from zero to above the highest, four or five of them."""
    if not highest:
        return [0, 1]
    size = 10 ** floor(log10(highest / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if highest / (size * factor) <= 4.6)
    return [round(step * i, 12) for i in range(ceil(highest / step) + 1)]


def _decades(times: tuple[float, ...]) -> list[float]:
    low, high = floor(log10(max(min(times), 1e-3))), ceil(log10(max(times)))
    return [10.0**power for power in range(low, high + 1)]
