"""One value in, one MIME bundle out: the drawing wing's only door."""

import re
from collections.abc import Callable
from typing import Any, cast

from nslab_kernel.display import beside, figure, page, page_way, text
from nslab_kernel.errors import LabError
from nslab_kernel.model.comparison import Comparison
from nslab_kernel.model.journey import Journey
from nslab_kernel.model.lines import link_line, neighbour_line, route_line
from nslab_kernel.model.matrix import MatrixResult
from nslab_kernel.model.network import Link, Namespace, Neighbour, Network, Route
from nslab_kernel.model.results import Change, Doctor, Listing, PingResult, Topology
from nslab_kernel.scene.chart import ping_scene
from nslab_kernel.scene.halves import both_scene, half_scenes
from nslab_kernel.scene.place import Placement
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.topology import topology_scene

Bundle = dict[str, str | bytes]
"""MIME type to content: `text/plain`, `text/html`, and `image/png` where the value is a picture."""


def bundle(value: object) -> Bundle:
    """Return a value in every form that it has.

    Raises:
        TypeError: It is not one of the values that are shown.
    """
    for kind, make in _MAKERS.items():
        if isinstance(value, kind):
            return make(value)
    raise TypeError(f"{type(value).__name__} has no look")


class _Pictures:
    """Remembers where things stood, so that they stand there in the next picture too."""

    hint: Placement | None = None

    def draw(self, network: Network, before: Network | None = None) -> Scene:
        scene = topology_scene(network, before, self.hint)
        self.hint = cast(Placement, scene.placement)
        return scene


_pictures = _Pictures()


def _change(change: Change) -> Bundle:
    scene = _pictures.draw(change.after, change.before) if change.difference else None
    return {"text/plain": text.change_text(change), "text/html": page.change_page(change, scene)}


def _listing(listing: Listing) -> Bundle:
    return {"text/plain": text.listing_text(listing), "text/html": page.listing_page(listing)}


def _ping(result: PingResult) -> Bundle:
    words = text.ping_text(result)
    if not result.sent:
        return {"text/plain": words, "text/html": page.ping_page(result, None)}
    scene = ping_scene(result)
    return {"text/plain": words, "text/html": page.ping_page(result, scene), "image/png": figure.png(scene)}


def _matrix(result: MatrixResult) -> Bundle:
    scene = page_way.matrix_picture(result)
    return {"text/plain": page_way.matrix_text(result), "text/html": page_way.matrix_page(result, scene)}


def _journey(journey: Journey) -> Bundle:
    return {"text/plain": page_way.journey_text(journey), "text/html": page_way.journey_page(journey)}


def _network(network: Network) -> Bundle:
    scene = _pictures.draw(network)
    return {"text/plain": text.network_text(network), "text/html": page.network_page(network, scene)}


def _topology(topology: Topology) -> Bundle:
    scene = _pictures.draw(topology.network)
    html = page.network_page(topology.network, scene)
    return {"text/plain": text.network_text(topology.network), "text/html": html, "image/png": figure.png(scene)}


def _namespace(namespace: Namespace) -> Bundle:
    return {"text/plain": text.network_text(Network({namespace.name: namespace}))}


def _link(link: Link) -> Bundle:
    here = link.peer.netns if link.peer and link.link_netnsid is None else ""
    return _line("ip link", link_line(here, link).text)


def _route(route: Route) -> Bundle:
    return _line("ip route", route_line("", route).text)


def _neighbour(neighbour: Neighbour) -> Bundle:
    return _line("ip neigh", f"{neighbour_line('', neighbour).text} {neighbour.state}")


def _line(command: str, line: str) -> Bundle:
    return {"text/plain": line, "text/html": page.line_page(command, line)}


def _doctor(doctor: Doctor) -> Bundle:
    return {"text/plain": text.doctor_text(doctor), "text/html": page.doctor_page(doctor)}


def _comparison(found: Comparison) -> Bundle:
    html = beside.comparison_page(found, *half_scenes(found))
    return {"text/plain": beside.comparison_text(found), "text/html": html, "image/png": figure.png(both_scene(found))}


def _error(error: LabError) -> Bundle:
    words = re.sub(r"\x1b\[\d*(;\d+)*m", "", "\n".join(text.error_text(error)))
    return {"text/plain": words, "text/html": page.error_page(error)}


_MAKERS: dict[type, Callable[[Any], Bundle]] = {
    Change: _change,
    Listing: _listing,
    PingResult: _ping,
    MatrixResult: _matrix,
    Journey: _journey,
    Topology: _topology,
    Network: _network,
    Namespace: _namespace,
    Link: _link,
    Route: _route,
    Neighbour: _neighbour,
    Doctor: _doctor,
    Comparison: _comparison,
    LabError: _error,
}
KINDS = tuple(_MAKERS)
"""The types of values that have a look of their own."""
