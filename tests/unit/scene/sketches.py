"""Random networks for pictures, and functions that find faults in a picture."""

from itertools import combinations, pairwise

from hypothesis import Phase, settings
from hypothesis import strategies as st

from nslab_kernel.model.network import Network
from nslab_kernel.scene.layout.cable_paths import Cable, cables_of
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Box, Point, Rect, Text
from tests.unit.scene.typed import typed

ONE_BY_ONE = settings(max_examples=60, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
"""Settings without shrinking of failing examples, which takes minutes; a picture shows the fault anyway."""


@st.composite
def networks(draw: st.DrawFn, namespaces: int = 12) -> Network:
    """Draw a network of up to `namespaces` namespaces, with cables, bridges, states, addresses and routers."""
    names = ["host", *(f"ns{i}" for i in range(1, draw(st.integers(0, namespaces)) + 1))]
    place = st.sampled_from(names)
    ends = draw(st.lists(st.tuples(place, place), max_size=14))
    cables = [f"{one}/v{i}a - {other}/v{i}b" for i, (one, other) in enumerate(ends)]
    by_namespace: dict[str, list[str]] = {}
    for i, pair in enumerate(ends):
        for namespace, letter in zip(pair, "ab", strict=True):
            by_namespace.setdefault(namespace, []).append(f"v{i}{letter}")
    bridges = {}
    for namespace in draw(st.lists(place, max_size=3, unique=True)):
        inside = by_namespace.get(namespace, [])
        free = list(inside)
        for b in range(draw(st.integers(1, 2))):
            ports = draw(st.lists(st.sampled_from(free), unique=True)) if free else []
            free = [name for name in free if name not in ports]
            bridges[f"{namespace}/br{b}"] = " ".join(ports)
    sockets = [f"{namespace}/{name}" for namespace, inside in by_namespace.items() for name in inside]
    some = st.lists(st.sampled_from(sockets), unique=True) if sockets else st.just([])
    addresses = {each: f"10.{i}.0.1/24" for i, each in enumerate(draw(some))}
    routers = draw(st.lists(place, max_size=2, unique=True))
    gateways = {
        namespace: "10.0.0.254"
        for namespace in draw(st.lists(place, unique=True, max_size=3))
        if namespace in by_namespace
    }
    return typed(
        *cables,
        namespaces=names[1:],
        bridges=bridges,
        addresses=addresses,
        down=draw(some),
        routers=routers,
        gateways=gateways,
    )


def overlap(one: Box, other: Box) -> bool:
    """Return whether two boxes share more than an edge."""
    return (
        one.x < other.right - 0.01
        and other.x < one.right - 0.01
        and one.y < other.bottom - 0.01
        and other.y < one.bottom - 0.01
    )


def rects(scene: Scene, part: str) -> list[Rect]:
    """Return the rectangles whose part begins with this word."""
    return [s for s in scene.shapes if isinstance(s, Rect) and s.part.partition(" ")[0] == part]


def texts(scene: Scene) -> list[Text]:
    """Return all texts of a scene."""
    return [s for s in scene.shapes if isinstance(s, Text)]


def words(scene: Scene) -> list[str]:
    """Return the words of all texts."""
    return [text.words for text in texts(scene)]


def colliding(scene: Scene) -> list[tuple[object, object]]:
    """Return pairs of namespaces, sockets or texts that overlap, except an opened stack's frame and its namespaces."""
    found: list[tuple[object, object]] = []
    for part in ("namespace", "interface"):
        found += [
            (a, b)
            for a, b in combinations(rects(scene, part), 2)
            if overlap(a.box, b.box) and not (is_frame(a) and inside(b.box, a.box))
        ]
    found += [(a, b) for a, b in combinations(texts(scene), 2) if overlap(a.box, b.box)]
    return found


def is_frame(namespace: Rect) -> bool:
    """Return whether a rectangle is the frame of an opened stack: only such a key begins with `/`."""
    return namespace.part.startswith("namespace /")


def spilling(scene: Scene) -> list[object]:
    """Return sockets that are not inside a namespace, and texts that extend over a frame or the picture."""
    namespaces, sockets = rects(scene, "namespace"), rects(scene, "interface")
    found: list[object] = [s for s in sockets if not any(inside(s.box, namespace.box) for namespace in namespaces)]
    picture = Box(0, 0, scene.width, scene.height)
    for text in texts(scene):
        frames = [rect.box for rect in (*namespaces, *sockets) if overlap(rect.box, text.box)]
        if not inside(text.box, picture) or (
            text.token != "paper" and not text.words.startswith("−") and not all(inside(text.box, f) for f in frames)
        ):
            found.append(text)
    return found


def inside(small: Box, large: Box) -> bool:
    """Return whether one box is within another."""
    return (
        large.x - 0.01 <= small.x
        and small.right <= large.right + 0.01
        and large.y - 0.01 <= small.y
        and small.bottom <= large.bottom + 0.01
    )


def cut_boxes(scene: Scene) -> list[tuple[Cable, str]]:
    """Return cables that run through a socket or a namespace which is not their own."""
    placed = scene.placement
    found = []
    for cable in cables_of(placed):
        own = {cable.one.end, cable.other.end}
        strangers = [(str(end), box) for end, box in placed.interfaces.items() if end not in own]
        homes = {cable.one.end.netns, cable.other.end.netns}
        strangers += [(name, box) for name, box in placed.namespaces.items() if name not in homes]
        for one, other in pairwise(cable.points):
            line = Box(min(one.x, other.x), min(one.y, other.y), abs(one.x - other.x) + 0.1, abs(one.y - other.y) + 0.1)
            found += [(cable, name) for name, box in strangers if overlap(line, box)]
    return found


def crossings(scene: Scene) -> int:
    """Count the crossings and overlaps of the drawn cables."""
    ways = [list(pairwise(cable.points)) for cable in cables_of(scene.placement)]
    return sum(_meet(a, b) for one, other in combinations(ways, 2) for a in one for b in other)


def _meet(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    (ax, ay), (bx, by) = zip(*a, strict=True), zip(*b, strict=True)
    return max(min(ax), min(bx)) <= min(max(ax), max(bx)) and max(min(ay), min(by)) <= min(max(ay), max(by))
