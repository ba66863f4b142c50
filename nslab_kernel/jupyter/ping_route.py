"""The route of a ping's packets, for the live pictures."""

import threading

from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.model.journey_result import REPLY, REQUEST
from nslab_kernel.model.network import End
from nslab_kernel.model.results import PingResult
from nslab_kernel.probe.journey import follow

_JOURNEY_S = 0.5
"""Seconds to look for the route of the packets."""


class PingRoute:
    """Shows a ping's packets in the live pictures, along the route that an extra packet was seen to take.

    Args:
        asked: The ping, as `asked_ping` returns it.
    """

    def __init__(self, asked: PingResult) -> None:
        self._asked = asked
        self._routes: tuple[tuple[End, ...], ...] = ()
        """The interfaces that the request passes, and those that the reply passes."""
        self._lost = False
        """Whether packets on these routes are lost at the last interface."""
        self._tracing = threading.Lock()

    def show(self, came_back: bool) -> None:
        """Show a packet; if the route is unknown, or replies begin or cease to come, trace it for the next packet."""
        pictures = shared_watch.followers
        if pictures and (not self._routes or self._lost == came_back) and not self._tracing.locked():
            threading.Thread(target=self._trace, args=(not came_back,), name="nslab-trace", daemon=True).start()
        elif self._lost != came_back:
            for picture in pictures:
                picture.show_packet(self._routes, self._lost)

    def _trace(self, lost: bool) -> None:
        with self._tracing:
            found = self._followed()
            # No packet is seen to leave an interface without carrier: it is lost at the first interface.
            self._routes, self._lost = found or tuple(route[:1] for route in self._routes[:1]), lost

    def _followed(self) -> tuple[tuple[End, ...], ...]:
        """Return the interfaces that a request passes, and those that its reply passes."""
        try:
            found = follow(self._asked.dst, self._asked.netns, None, _JOURNEY_S, "")
        except LabError:
            return ()
        kinds = ([one.at for one in found.sightings if one.kind == kind] for kind in (REQUEST, REPLY))
        routes = tuple(tuple(dict.fromkeys(passed)) for passed in kinds if passed)
        passed = tuple(dict.fromkeys(one.at for one in found.sightings))
        return routes or ((passed,) if passed else ())
