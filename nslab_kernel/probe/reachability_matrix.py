"""Pings from every address to every other, concurrently."""

import contextlib
import errno
import ipaddress
import random
import select
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import combinations

from nslab_kernel.errors import LabError, NoNamespace, errno_text
from nslab_kernel.linux import neighs
from nslab_kernel.linux.argument_checks import check_range
from nslab_kernel.linux.echo import Echo, Heard
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.lookup import ends
from nslab_kernel.model.matrix_result import Direction, MatrixResult, Party
from nslab_kernel.model.naming import natural, netns_of
from nslab_kernel.model.network import HOST, Network
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import with_neighbours
from nslab_kernel.probe.pending_replies import TIMEOUT_S, Key, PendingReplies
from nslab_kernel.probe.ping import NEIGHBOUR_TIMEOUT_S

MAX_PENDING = 600
"""How many directions are pending at most: each may need an entry of the neighbour table (arp(7)), of which there are
1024 for the whole machine and all its users."""
_QUIET_S = 0.03
"""After so many seconds without a packet the next wave starts, even if some of this one have no answer yet."""
_TRIES = 3
_PAUSE_S = 0.05
_SENT_NS = struct.Struct("=Q")

Progress = Callable[[Callable[[], MatrixResult], int], None]
"""Called with a function that returns the present result, and with the total of directions."""


def ping_matrix(timeout_s: float = TIMEOUT_S, on_progress: Progress | None = None) -> MatrixResult:
    """Ping every address from every other one, all at once; learners call the `ping_matrix` of `jupyter/live.py`.

    A direction without an answer is asked again, up to four times: routers limit the rate of their errors.

    Args:
        timeout_s: Seconds to wait for a reply, 0.01 to 60.
        on_progress: Called several times, with a function that returns the result so far, and the total of directions.

    Raises:
        BadValue: `timeout_s` is not a number in this range.
    """
    require_lab()
    check_range("timeout_s", timeout_s, (int, float), 0.01, 60, "ping_matrix()")
    with _Matrix(settle(), timeout_s) as matrix:
        for _ in matrix.run():
            if on_progress:
                on_progress(matrix.result, matrix.total)
        return matrix.result()


def parties(network: Network) -> tuple[Party, ...]:
    """Return all addresses of the lab, also of interfaces that are down, except those of `lo` and link-local ones."""
    namespaces = sorted(
        network.namespaces.values(), key=lambda namespace: (namespace.name != HOST, natural(namespace.name))
    )
    return tuple(
        Party(namespace.name, link.ifname, str(address.ip))
        for namespace in namespaces
        for link in namespace.links
        if link.kind != "loopback"
        for address in map(ipaddress.ip_interface, link.addresses)
        if not address.ip.is_link_local
    )


class _Matrix:
    """A running matrix: its sockets, and the results so far."""

    def __init__(self, network: Network, timeout_s: float) -> None:
        self._network, self._parties = network, parties(network)
        self._results: dict[Key, Direction] = {}
        self._waiting = deque(self._directions())
        self.total = len(self._waiting)
        self._pending = PendingReplies(timeout_s)
        self._neighbours_read_at = 0.0
        self._tries: dict[Key, int] = {}
        self._table_full = False
        self._poll = select.epoll()
        self._echoes: dict[int, Echo] = {}
        self._by_descriptor: dict[int, int] = {}
        self._known_before: dict[str, set[tuple[int, bytes]]] = {}

    def __enter__(self) -> "_Matrix":
        identifier = random.randrange(1 << 16)
        for number, party in enumerate(self._parties):
            with contextlib.suppress(NoNamespace, OSError):  # deleted meanwhile
                echo = Echo(netns_of(party.netns), party.addr, party.family, identifier)
                self._echoes[number] = echo
                self._by_descriptor[echo.fileno()] = number
                self._poll.register(echo.fileno(), select.EPOLLIN)
        if self.total > MAX_PENDING:
            for name in {party.netns for party in self._parties}:
                with contextlib.suppress(LabError):
                    self._known_before[name] = neighs.known(netns_of(name))
        return self

    def __exit__(self, *_error: object) -> None:
        for echo in self._echoes.values():
            echo.close()
        self._poll.close()

    def run(self) -> Iterator[None]:
        """Send in waves until every direction has a result; yield whenever `result` may have changed."""
        while self._waiting or self._pending:
            self._send_wave()
            yield
            yield from self._listen()
            self._forget_new_neighbours()

    def result(self) -> MatrixResult:
        """Return the result so far."""
        return MatrixResult(
            self._parties, tuple(self._unknown_if_table_full(self._results[key]) for key in sorted(self._results))
        )

    def _unknown_if_table_full(self, one: Direction) -> Direction:
        """Report no reply as unknown if the neighbour table was full: the other side may have been unable to answer."""
        if not self._table_full or one.reached or one.said:
            return one
        return Direction(one.source, one.target, errno=errno.ENOBUFS, said=errno_text(errno.ENOBUFS))

    def _directions(self) -> Iterator[Key]:
        """Yield both directions of a pair together: they need the same entries of the neighbour tables.

        Skip pairs in which one side has the other's address, too: that packet would never leave the namespace.
        """
        own = {(end.netns, addr.partition("/")[0]) for end, link in ends(self._network) for addr in link.addresses}
        for one, other in combinations(range(len(self._parties)), 2):
            a, b = self._parties[one], self._parties[other]
            alike = (a.netns, b.addr) in own or (b.netns, a.addr) in own
            if a.netns != b.netns and a.family == b.family and not alike:
                yield from ((one, other), (other, one))

    def _send_wave(self) -> None:
        again = []
        for count in range(min(len(self._waiting), MAX_PENDING - len(self._pending))):
            key = self._waiting.popleft()
            number = self._send(*key)
            if number == 0:
                self._pending.begin(key)
            elif number in (errno.ENOBUFS, errno.EAGAIN) and self._tries.get(key, 0) < _TRIES:
                self._tries[key] = self._tries.get(key, 0) + 1
                again.append(key)
            else:
                self._table_full = self._table_full or number == errno.ENOBUFS
                self._set_result(key, number=number, said=errno_text(number))
            if count % 64 == 0:
                self._receive(0)
        if again:
            time.sleep(_PAUSE_S)
            self._waiting.extend(again)

    def _send(self, source: int, target: int) -> int:
        """Send one request; return the errno if Linux refuses, or 0."""
        echo = self._echoes.get(source)
        if echo is None:
            return errno.EADDRNOTAVAIL
        try:
            echo.send((self._parties[target].addr, 0), target, _SENT_NS.pack(time.time_ns()))
        except OSError as error:
            return error.errno or errno.EIO
        return 0

    def _listen(self) -> Iterator[None]:
        """Receive until every direction has a result, or none arrives while others wait to be sent."""
        while self._pending:
            may_go_on = self._waiting and len(self._pending) < MAX_PENDING / 2
            heard = self._receive(min(self._pending.seconds_left(), _QUIET_S if may_go_on else _PAUSE_S))
            self._retry()
            self._expire()
            if may_go_on and not heard:
                return
            yield

    def _receive(self, timeout_s: float) -> bool:
        ready = self._poll.poll(timeout_s)
        for descriptor, _events in ready:
            source = self._by_descriptor[descriptor]
            for heard in self._echoes[source].receive():
                key = source, heard.seq
                if key not in self._pending:
                    continue
                took_s = _seconds_since_request(heard)
                self._set_result(key, None if heard.said else took_s * 1000, said=heard.said)
                # Errors of the sender's own Linux, sent over lo, are not rate-limited.
                if heard.said and not heard.said.startswith(f"From {self._parties[source].addr}:"):
                    self._pending.retry_soon(source, took_s)
        return bool(ready)

    def _retry(self) -> None:
        now, due = time.monotonic(), self._pending.due_for_retry()
        if not due or now - self._neighbours_read_at < 2 * _PAUSE_S:
            return
        self._neighbours_read_at, failed = now, _failed_neighbours()
        for key in due:
            source, target = self._parties_of(key)
            if said := failed.get((source.netns, target.addr)):
                self._set_result(key, said=said)
            else:
                self._pending.retried(key)
                self._send(*key)  # a refusal changes nothing: the first request was sent

    def _expire(self) -> None:
        for key in self._pending.expired():
            self._set_result(key)

    def _set_result(self, key: Key, rtt_ms: float | None = None, number: int = 0, said: str = "") -> None:
        self._pending.end(key)
        self._results[key] = Direction(*self._parties_of(key), rtt_ms, number, said)

    def _forget_new_neighbours(self) -> None:
        """Delete the neighbours that this matrix added, if it needs more than fit at once."""
        for name, known in self._known_before.items():
            with contextlib.suppress(LabError):
                neighs.forget_others(known, netns_of(name))

    def _parties_of(self, key: Key) -> tuple[Party, Party]:
        return self._parties[key[0]], self._parties[key[1]]


def _seconds_since_request(heard: Heard) -> float:
    """Return the time since the request, which is in the payload because a request may be sent twice."""
    if len(heard.payload) < _SENT_NS.size:  # an error that quotes little
        return NEIGHBOUR_TIMEOUT_S
    (sent_ns,) = _SENT_NS.unpack_from(heard.payload)
    return max(0, (heard.time_ns or time.time_ns()) - int(sent_ns)) / 1e9


def _failed_neighbours() -> dict[tuple[str, str], str]:
    """Return the neighbours that did not answer, by namespace and address, as `ip neigh` shows them.

    With `lo` down, the kernel's own error does not arrive. The state is evidence and no cause; `why` finds the cause.
    """
    return {
        (namespace.name, each.dst): f"{each.dst} dev {each.dev} FAILED"
        for namespace in with_neighbours().namespaces.values()
        for each in namespace.neighbours
        if each.state == "FAILED"
    }
